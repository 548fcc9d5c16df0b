/** Instances: which of them are up, of the wanted definition, and healthy. Pure, apart from the two requests. */
import type { Client } from './client.js';
import type { App, PoolEndpoint, Task } from './objects.js';

/** States in which an instance may still be at work; UNREACHABLE may come back and is neither drained nor gone. */
const ENDED = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_GONE',
  'TASK_DROPPED',
  'TASK_LOST',
]);

export function isAtWork({ state = '' }: Task): boolean {
  return !ENDED.has(state);
}

/** Started from the definition as it is now; a change of size alone does not make a task an old one. */
export function isCurrent(app: App, task: Task): boolean {
  const since = app.versionInfo?.lastConfigChangeAt ?? app.version;
  if (task.version === undefined) return false;
  return task.version === app.version || Date.parse(task.version) >= Date.parse(since);
}

/**
 * Up and proven so: running, with an answer to every health check, all of them good. Before the first probe there is no
 * answer at all, which is not a good one.
 */
export function isHealthy(app: App, task: Task): boolean {
  const checks = app.healthChecks?.length ?? 0;
  const results = task.healthCheckResults ?? [];
  if (task.state !== 'TASK_RUNNING') return false;
  return checks === 0 || (results.length >= checks && results.every(({ alive }) => alive === true));
}

/** Tasks that may get traffic: of the current definition, and healthy. */
export function healthyTasks(app: App): readonly Task[] {
  return (app.tasks ?? []).filter(task => isCurrent(app, task) && isHealthy(app, task));
}

/** Every task of an app, those too that Marathon is killing after the app has gone. */
export async function listTasks(client: Client, app: string, signal: AbortSignal): Promise<readonly Task[]> {
  const answer = await client.get<{ readonly tasks: readonly Task[] }>('marathon', '/v2/tasks', 'list tasks', signal);
  return (answer?.tasks ?? []).filter(({ appId }) => appId === app);
}

/** The addresses under which a load balancer may know a task by an endpoint of its pool, the likeliest first. */
export function addressesOf(app: App, task: Task, endpoint: PoolEndpoint): readonly string[] {
  return portIndexes(app, task, endpoint).flatMap(index => {
    const host = task.host === undefined ? undefined : address(task.host, task.ports?.[index]);
    const own = task.ipAddresses?.[0]?.ipAddress;
    const container = own === undefined ? undefined : address(own, portMappings(app)[index]?.containerPort);
    const literal = endpoint.port !== undefined && endpoint.port > 0 ? endpoint.port : undefined;
    const given = [task.host, own].map(one => (one === undefined ? undefined : address(one, literal)));
    const byType = { AGENT_IP: [host, given[0]], CONTAINER_IP: [container, given[1]] } as const;
    const wanted =
      endpoint.type === 'AGENT_IP' || endpoint.type === 'CONTAINER_IP'
        ? byType[endpoint.type]
        : [host, container, ...given];
    return wanted.flatMap(one => one ?? []);
  });
}

/** `10.0.0.4:31002` that a person or a gauge asks of a task; by the port's number in the container, or by its name. */
export function reachOf(
  app: App,
  task: Task,
  asked: { readonly port?: number | undefined; readonly portName?: string | undefined },
): string | undefined {
  const { port, portName } = asked;
  if (port !== undefined) {
    const index = portMappings(app).findIndex(({ containerPort }) => containerPort === port);
    const mapped = index < 0 ? undefined : task.ports?.[index];
    return task.host === undefined ? undefined : address(task.host, mapped ?? port);
  }
  return addressesOf(app, task, portName === undefined ? {} : { portName })[0];
}

export function portMappings({ container }: App | Pick<App, 'container'>) {
  return container?.portMappings ?? container?.docker?.portMappings ?? [];
}

/** Names of the ports that an app declares, by their place. */
export function portNames(app: Pick<App, 'container' | 'portDefinitions'>): readonly (string | undefined)[] {
  const mappings = portMappings(app);
  return (mappings.length > 0 ? mappings : (app.portDefinitions ?? [])).map(({ name }) => name);
}

function portIndexes(app: App, task: Task, { portName, allPorts }: PoolEndpoint): readonly number[] {
  const count = Math.max(task.ports?.length ?? 0, portMappings(app).length);
  const all = Array.from({ length: count }, (_, index) => index);
  if (allPorts) return all;
  if (portName === undefined || portName === '') return [0];
  const index = portNames(app).indexOf(portName);
  return index < 0 ? [] : [index];
}

function address(host: string, port: number | undefined): string | undefined {
  return port === undefined || port <= 0 ? undefined : `${host}:${port}`;
}
