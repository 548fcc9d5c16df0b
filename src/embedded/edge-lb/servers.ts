import { portsOf } from '../marathon/definition.js';
import { agent, type Task } from '../marathon/task.js';
import type { Backend, Configuration, Frontend, Server } from './balancer/configuration.js';
import type { Pool, PoolBackend, PoolEndpoint, PoolFrontend, PoolService } from './pool.js';

/** What a pool's load balancers shall do now, given the tasks that run now. */
export function configurationOf({ haproxy }: Pool, tasks: readonly Task[]): Configuration {
  return {
    // The platform holds no certificates: what would need one is not served.
    frontends: haproxy.frontends.filter(({ protocol }) => protocol === 'HTTP' || protocol === 'TCP').map(frontendOf),
    backends: haproxy.backends.map(backend => backendOf(backend, tasks)),
  };
}

const modeOf = (protocol: string) => (protocol === 'TCP' || protocol === 'TLS' ? 'tcp' : 'http');

function frontendOf({ bindAddress, bindPort, linkBackend, miscStrs, name, protocol }: PoolFrontend): Frontend {
  const { defaultBackend, map } = linkBackend;
  const target = defaultBackend === undefined ? {} : { defaultBackend };
  return { name, bindAddress, bindPort, mode: modeOf(protocol), rules: map, lines: miscStrs, ...target };
}

function backendOf(
  { balance, customCheck, miscStrs, name, protocol, services }: PoolBackend,
  tasks: readonly Task[],
): Backend {
  const servers = services.flatMap(service => serversOf(service, tasks));
  const check = customCheck?.httpchk === true ? { httpCheck: customCheck.httpchkMiscStr ?? 'GET /' } : {};
  return { name, mode: modeOf(protocol), balance, lines: miscStrs, servers, ...check };
}

/** Running tasks, and of those with health checks of Mesos the healthy ones. Marathon's own checks can't be seen here. */
function serversOf(service: PoolService, tasks: readonly Task[]): Server[] {
  const { endpoint } = service;
  const options = optionsOf(endpoint);
  if (endpoint.type === 'ADDRESS') {
    const { address: host = '', port } = endpoint;
    return [{ name: `address_${host}_${port}`, host, port, options }];
  }
  const kind = endpoint.type === 'CONTAINER_IP' ? 'containerip' : 'agentip';
  const { host } = agent;
  return tasks
    .filter(task => task.isEligible && selects(service, task))
    .flatMap(task => portsFor(endpoint, task).map(port => ({ name: `${kind}_${host}_${port}`, host, port, options })));
}

function optionsOf({ check, miscStr }: PoolEndpoint): string {
  const checking = check.enabled ? ['check', ...(check.customStr === undefined ? [] : [check.customStr])] : [];
  return [...checking, miscStr ?? ''].filter(part => part !== '').join(' ');
}

function selects({ marathon }: PoolService, { app }: Task): boolean {
  const { serviceID, serviceIDPattern } = marathon;
  if (serviceID !== undefined) return app.id === `/${serviceID.replace(/^\//, '')}`;
  return serviceIDPattern !== undefined && new RegExp(serviceIDPattern).test(app.id);
}

function portsFor({ allPorts, port, portName }: PoolEndpoint, task: Task): readonly number[] {
  if (allPorts === true) return task.ports;
  if (portName === undefined) return [port];
  const index = portsOf(task.app).findIndex(({ name }) => name === portName);
  const found = task.ports[index];
  return found === undefined ? [] : [found];
}
