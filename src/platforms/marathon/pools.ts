/** Edge-LB pools: read whole, written whole, and nothing of them changed but the services of one backend. */
import { isDeepStrictEqual } from 'node:util';
import type { Slot } from '../../release/model.js';
import { appId } from './apps.js';
import type { Client } from './client.js';
import { marathonFailure } from './failures.js';
import type { Pool, PoolBackend, PoolService } from './objects.js';

export type Services = readonly PoolService[];

function pathOf(pool: string): string {
  return `/v2/pools/${encodeURIComponent(pool)}`;
}

/** The pool with all defaults filled in. Throws POOL_NOT_FOUND. */
export async function readPool(client: Client, name: string, signal: AbortSignal): Promise<Pool> {
  const pool = await client.get<Pool>('edge-lb', pathOf(name), `read the pool ${name}`, signal);
  if (!pool) throw marathonFailure('POOL_NOT_FOUND', { pool: name, words: '' });
  return pool;
}

/** Replaces a pool by another of the same name. Edge-LB goes by the name in the body, so both are the same here. */
export async function writePool(client: Client, pool: Pool, signal: AbortSignal): Promise<void> {
  const token = await client.authorization.token(signal);
  // With the user's own token Edge-LB updates the pool's package, as it does for the client of DC/OS.
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
  const what = `write the pool ${pool.name}`;
  await client.write({ api: 'edge-lb', method: 'PUT', path: `${pathOf(pool.name)}${query}`, body: pool, what }, signal);
}

/** Throws BACKEND_NOT_FOUND. */
export function backendOf(pool: Pool, name: string): PoolBackend {
  const backends = pool.haproxy.backends ?? [];
  const found = backends.find(backend => backend.name === name);
  if (found) return found;
  const known = backends.map(backend => backend.name).join(', ') || 'none';
  throw marathonFailure('BACKEND_NOT_FOUND', { pool: pool.name, backend: name, known });
}

/** The same pool with other services in one backend. */
export function withServices(pool: Pool, name: string, services: Services): Pool {
  const backends = (pool.haproxy.backends ?? []).map(backend =>
    backend.name === name ? { ...backend, services } : backend,
  );
  return { ...pool, haproxy: { ...pool.haproxy, backends } };
}

/** Whether two services are one and the same; defaults that the server fills in make no difference. */
export function sameServices(one: Services, other: Services): boolean {
  return (
    one.length === other.length && one.every((service, index) => isDeepStrictEqual(plain(service), plain(other[index])))
  );
}

/** Without what says nothing: empty texts, lists and objects, and the port that stands for none. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const said = plain(item);
    const isNothing = said === null || said === '' || (key === 'port' && said === -1);
    const isDefault = (key === 'enabled' && said === true) || (key === 'type' && said === 'AUTO_IP');
    const isEmpty = typeof said === 'object' && said !== null && Object.keys(said).length === 0;
    return isNothing || isDefault || isEmpty ? [] : [[key, said] as const];
  });
  return Object.fromEntries(entries.sort(([one], [other]) => one.localeCompare(other)));
}

/** Whether everything but the services of one backend is the same. */
export function sameElsewhere(one: Pool, other: Pool, backend: string): boolean {
  return isDeepStrictEqual(plain(withServices(one, backend, [])), plain(withServices(other, backend, [])));
}

/** Whether a service names the app of a slot, by its id. */
export function names(service: PoolService, slot: Slot): boolean {
  const id = service.marathon?.serviceID;
  return id !== undefined && id !== '' && appId(id) === appId(slot);
}

/** Whether a service finds the app of a slot by a pattern, which a switch could not keep apart. */
export function matchesPattern({ marathon }: PoolService, slot: Slot): boolean {
  const pattern = marathon?.serviceIDPattern;
  if (pattern === undefined || pattern === '') return false;
  try {
    return new RegExp(pattern).test(appId(slot));
  } catch {
    return true; // written for another kind of expressions: whom it finds is not known, so it may find this one
  }
}

const WEIGHT = /\bweight\s+(\d+)\b/;
/** What HAProxy takes for a server of which nothing is said, and the most that it knows. */
const DEFAULT_WEIGHT = 1;
const MOST_WEIGHT = 256;

export function weightOf({ endpoint }: PoolService): number {
  const [, digits] = WEIGHT.exec(endpoint?.miscStr ?? '') ?? [];
  return digits === undefined ? DEFAULT_WEIGHT : Number(digits);
}

/** The service with a weight, the rest of its options kept. */
export function withWeight(service: PoolService, weight: number): PoolService {
  const rest = (service.endpoint?.miscStr ?? '').replace(WEIGHT, '').replace(/\s+/g, ' ').trim();
  const miscStr = [rest, `weight ${weight}`].filter(Boolean).join(' ');
  return { ...service, endpoint: { ...service.endpoint, miscStr } };
}

/**
 * Weights by which green gets a share of the traffic. HAProxy applies a weight to each server, so that the sizes count:
 * with 2 of blue and 4 of green the same weights would give green two thirds.
 */
export function weightsFor(share: number, sizes: { readonly blue: number; readonly green: number }) {
  const common = greatestCommonDivisor(sizes.blue, sizes.green);
  const blue = (100 - share) * (sizes.green / common);
  const green = share * (sizes.blue / common);
  const most = Math.max(blue, green);
  const scaled = (weight: number) => Math.max(1, Math.round((weight * Math.min(most, MOST_WEIGHT)) / most));
  return { blue: scaled(blue), green: scaled(green) };
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? Math.max(1, one) : greatestCommonDivisor(other, one % other);
}

/** The share of the traffic, in percent, that green gets by weights. */
export function shareBy(
  weights: { readonly blue: number; readonly green: number },
  sizes: { readonly blue: number; readonly green: number },
): number {
  const green = weights.green * sizes.green;
  return (100 * green) / (green + weights.blue * sizes.blue);
}

/** A single instance, by its address. */
export function isAddress({ endpoint, marathon }: PoolService): boolean {
  return endpoint?.type === 'ADDRESS' && !marathon?.serviceID && !marathon?.serviceIDPattern;
}

/** Whether services are what an exchange of instances makes of a backend: green as an app, and addresses. */
export function isMixture(services: Services, slots: readonly Slot[]): boolean {
  const own = services.filter(service => isAddress(service) || slots.some(slot => names(service, slot)));
  return own.some(isAddress) && own.length === services.length;
}

/** The slots that get traffic by these services. */
export function slotsIn(services: Services, slots: readonly Slot[]): readonly Slot[] {
  return slots.filter(slot => services.some(service => names(service, slot) && weightOf(service) > 0));
}

/** The same services for another slot. */
export function renamed(services: Services, from: Slot, to: Slot): Services {
  return services.map(service =>
    names(service, from) ? { ...service, marathon: { ...service.marathon, serviceID: appId(to) } } : service,
  );
}

/** Both slots: each service of blue, and the same one for green right behind it. */
export function joined(services: Services, blue: Slot, green: Slot): Services {
  return services.flatMap(service =>
    names(service, blue) ? [service, ...renamed([service], blue, green)] : [service],
  );
}

/** Such as `/svc-blue`, or `/svc-blue weight 90, /svc-green weight 10`. */
export function describeServices(services: Services): string {
  const described = services.map(service => {
    const { serviceID, serviceIDPattern } = service.marathon ?? {};
    const { address, port } = service.endpoint ?? {};
    const others = address === undefined ? 'others' : `${address}:${port ?? ''}`;
    const who = serviceID || (serviceIDPattern ? `apps like ${serviceIDPattern}` : others);
    return WEIGHT.test(service.endpoint?.miscStr ?? '') ? `${who} weight ${weightOf(service)}` : who;
  });
  return described.join(', ') || 'nothing';
}
