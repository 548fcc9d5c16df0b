import { EdgeLbError } from './errors.js';
import type { Pool, PoolBackend, PoolFrontend, PoolService } from './pool.js';

/**
 * Refuses what the server's code refuses beyond its description.
 *
 * @throws EdgeLbError 400 with the first thing that is wrong
 */
export function validatePool(pool: Pool): void {
  const { backends, frontends } = pool.haproxy;
  if (pool.apiVersion !== 'V2') refuse(`invalid apiVersion ${pool.apiVersion}`);
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(pool.name)) {
    refuse(`pool name ${pool.name} must match the regular expression ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`);
  }
  noDuplicates(
    'frontend names',
    frontends.map(({ name }) => name),
  );
  noDuplicates(
    'frontend bindPorts',
    frontends.filter(({ bindPort }) => bindPort > 0).map(({ bindPort }) => String(bindPort)),
  );
  noDuplicates(
    'backend names',
    backends.map(({ name }) => name),
  );
  for (const frontend of frontends) validateFrontend(frontend);
  for (const backend of backends) validateBackend(backend);
  validateReferences(frontends, backends);
}

function refuse(message: string): never {
  throw new EdgeLbError(400, message);
}

function noDuplicates(what: string, values: readonly string[]): void {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  if (twice.length > 0) refuse(`duplicate ${what}: ${[...new Set(twice)].join(', ')}`);
}

function validateFrontend({
  bindPort,
  certificates,
  linkBackend,
  name,
  protocol,
  redirectToHttps,
}: PoolFrontend): void {
  if (bindPort < 0) refuse(`frontend ${name} needs a bindPort`);
  if ((protocol === 'HTTPS' || protocol === 'TLS') && certificates.length === 0) {
    refuse(`frontend ${name} with protocol ${protocol} needs certificates`);
  }
  if (redirectToHttps !== undefined && protocol !== 'HTTP') {
    refuse(`frontend ${name} may not use redirectToHttps with protocol ${protocol}`);
  }
  for (const { backend, ...conditions } of linkBackend.map) {
    if (!backend) refuse(`frontend ${name} has a map entry without a backend`);
    const { hostEq, hostReg, pathBeg, pathEnd, pathReg } = conditions;
    if (![hostEq, hostReg, pathBeg, pathEnd, pathReg].some(Boolean)) {
      refuse(`frontend ${name} has a map entry for backend ${backend} without a condition`);
    }
  }
}

function validateBackend({ name, services }: PoolBackend): void {
  if (name === '') refuse('a backend needs a name');
  if (services.length === 0) refuse(`backend ${name} needs at least one service`);
  for (const service of services) validateService(name, service);
}

function validateService(backend: string, { endpoint, marathon, mesos }: PoolService): void {
  const isAddress = endpoint.type === 'ADDRESS';
  if (isAddress && !endpoint.address) refuse(`backend ${backend} has an endpoint of type ADDRESS without an address`);
  const byMarathon = Boolean(marathon.serviceID || marathon.serviceIDPattern);
  const has = (name: string) => Boolean(mesos[`${name}Name`] || mesos[`${name}NamePattern`] || mesos[`${name}ID`]);
  if (!byMarathon && !(has('framework') && has('task')) && !isAddress) {
    refuse(`backend ${backend} has a service without marathon.serviceID or mesos framework and task`);
  }
  if (!endpoint.portName && !(endpoint.port >= 0) && endpoint.allPorts !== true) {
    refuse(`backend ${backend} has an endpoint without portName, port or allPorts`);
  }
}

/** Every backend must be referred to, and every backend that is referred to must exist. */
function validateReferences(frontends: readonly PoolFrontend[], backends: readonly PoolBackend[]): void {
  const references = frontends.flatMap(({ linkBackend }) => [
    ...(linkBackend.defaultBackend === undefined ? [] : [linkBackend.defaultBackend]),
    ...linkBackend.map.map(({ backend }) => backend),
  ]);
  const names = backends.map(({ name }) => name);
  const unreferenced = names.filter(name => !references.includes(name));
  if (unreferenced.length > 0) refuse(`frontends do not refer to these backends: ${unreferenced.join(', ')}`);
  const missing = [...new Set(references)].filter(name => !names.includes(name));
  if (missing.length > 0) refuse(`frontends refer to these missing backends: ${missing.join(', ')}`);
}
