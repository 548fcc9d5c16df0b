/** A pool with a private backend beside the one of users, for checks through the load balancers. */
import { example, type House, startHouse } from './house.js';

/** The tutorial's pool with a private backend beside it; nobody runs there outside of checks. */
export function withPrivate(frontends: readonly object[]) {
  const pool = example('sample-minimal.json');
  const [live] = pool.haproxy.backends;
  const [service] = live.services;
  const nobody = { ...live, name: 'private', services: [{ ...service, marathon: { serviceID: '/nobody' } }] };
  return { ...pool, haproxy: { ...pool.haproxy, frontends, backends: [live, nobody] } };
}

const HTTP = { protocol: 'HTTP' };
const LIVE = { ...HTTP, bindPort: 80, linkBackend: { defaultBackend: 'svc' } };
export const OWN_PORT = [LIVE, { ...HTTP, bindPort: 8081, linkBackend: { defaultBackend: 'private' } }];
export const BY_HOST = [
  { ...LIVE, linkBackend: { defaultBackend: 'svc', map: [{ backend: 'private', hostEq: 'localhost' }] } },
];

export async function startPrivate(frontends: readonly object[], router: House['dcos']['router'] = 'built-in') {
  const house = await startHouse({ router });
  await house.api('PUT', '/service/edgelb/v2/pools/sample-config', withPrivate(frontends));
  await house.dcos.settled();
  const url = frontends === BY_HOST ? house.url.replace('127.0.0.1', 'localhost') : privateUrl(house);
  return Object.assign(house, {
    settings: { target: { marathon: { preview: { route: ROUTE, url } } }, verify: VERIFY },
  });
}

const ROUTE = 'pool/sample-config/private';
const VERIFY = [{ http: { path: '/', expect: { headers: { 'x-app-slot': 'svc-green' } }, passes: 3 } }];
const privateUrl = ({ dcos }: House) => dcos.poolUrl('sample-config', 8081);

export function inPrivate({ dcos }: House): readonly string[] {
  const backend = dcos.pool('sample-config').haproxy.backends.find(({ name }) => name === 'private');
  return (backend?.services ?? []).map(({ marathon }) => String(marathon?.serviceID));
}

/** Each different state of the private backend after a write, in order. */
export function history(house: House): string[] {
  const seen: string[] = [];
  house.dcos.interception.beforeAnswer = ({ method, path }) => {
    if (method === 'PUT' && path.includes('/pools/')) seen.push(`${inPrivate(house)}; users: ${house.live()}`);
  };
  return seen;
}
