/** Whether the load balancers follow a pool: the rendered configuration, then the statistics of each of them. */
import type { TargetConfig } from '../../config/schema.js';
import { count } from '../../lib/units.js';
import type { RouteState, Routing, Slot, Verdict } from '../../release/model.js';
import { appId, readApp } from './apps.js';
import type { Context } from './context.js';
import {
  askStatistics,
  isUp,
  type RenderedServer,
  renderedConfiguration,
  type StatisticsRow,
  serversIn,
  statisticsOf,
} from './load-balancers.js';
import type { App } from './objects.js';
import { backendOf, describeServices, isAddress, names, readPool, sameServices, weightOf } from './pools.js';
import { documentOf, type PoolDocument } from './routes.js';
import { isFurther } from './switching.js';
import { addressesOf, healthyTasks, isAtWork } from './tasks.js';

/** Edge-LB reloads once every 3 s at most. */
const LOOK_AGAIN_MS = 250;

/** Looks until all routes are followed, or the signal aborts: then what was seen last is the verdict. */
export async function confirmRouting(
  context: Context,
  target: TargetConfig,
  routing: Routing,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  let verdict: Verdict = { verdict: 'unknown', reason: 'nothing was seen' };
  try {
    for (;;) {
      verdict = await lookAtAll(context, target, routing, slot, signal);
      if (verdict.verdict === 'pass') return verdict;
      await context.client.clock.sleep(LOOK_AGAIN_MS, signal);
    }
  } catch (error) {
    if (signal.aborted) return verdict;
    throw error;
  }
}

async function lookAtAll(
  context: Context,
  target: TargetConfig,
  routing: Routing,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  const slots = [target.slots.blue, target.slots.green];
  const found = await Promise.all(slots.map(one => readApp(context.client, appId(one), signal)));
  const apps = new Map(slots.map((one, index) => [one, found[index]]));
  const app = apps.get(slot);
  if (!app || healthyTasks(app).length === 0) return { verdict: 'fail', reason: `no instance of ${slot} is healthy` };
  const verdicts = await Promise.all(routing.routes.map(state => lookAt(context, state, apps, signal)));
  const worst =
    verdicts.find(({ verdict }) => verdict === 'fail') ?? verdicts.find(({ verdict }) => verdict === 'unknown');
  return worst ?? { verdict: 'pass', reason: verdicts.map(({ reason }) => reason).join('; ') };
}

async function lookAt(
  context: Context,
  { route, text, document }: RouteState,
  apps: ReadonlyMap<Slot, App | undefined>,
  signal: AbortSignal,
): Promise<Verdict> {
  const wanted = documentOf({ route, text, document, slot: undefined });
  const pool = await readPool(context.client, wanted.pool, signal);
  const services = backendOf(pool, wanted.backend).services ?? [];
  const isFurtherOn = isFurther(services, wanted);
  if (!isFurtherOn && !sameServices(services, wanted.services))
    return { verdict: 'fail', reason: `${route} goes to ${describeServices(services)}, and not to ${text}` };
  const rendered = await renderedConfiguration(context, wanted.pool, signal);
  const servers = rendered === undefined ? undefined : serversIn(rendered, wanted.backend);
  if (!servers) return { verdict: 'fail', reason: `Edge-LB has not rendered the backend ${wanted.backend} yet` };
  const expected = expectedOf(isFurtherOn ? { ...wanted, services } : wanted, apps);
  const difference = differenceOf(expected, servers);
  if (difference) return { verdict: 'fail', reason: `the configuration of ${route} ${difference}` };
  return lookAtStatistics(context, wanted, servers, expected, signal);
}

export interface Expected {
  /** Addresses of instances that have to get traffic, each under one of several forms, and the weight of each. */
  readonly present: readonly { readonly addresses: readonly string[]; readonly weight: number }[];
  /** Every address that may be there besides: instances of the same apps that are not healthy yet or any more. */
  readonly tolerated: ReadonlySet<string>;
  /** Whether other apps share the backend, so that servers nobody knows are theirs. */
  readonly shared: boolean;
}

/** Pure: the servers that a backend with these services has to have. */
export function expectedOf({ services }: PoolDocument, apps: ReadonlyMap<Slot, App | undefined>): Expected {
  const routed = services.flatMap(service => {
    const entry = [...apps].find(([slot]) => names(service, slot));
    return entry?.[1] ? [{ service, app: entry[1] }] : [];
  });
  const addresses = (app: App, endpoint = {}) =>
    (app.tasks ?? []).filter(isAtWork).flatMap(task => addressesOf(app, task, endpoint));
  const single = services.filter(isAddress).map(service => ({
    addresses: [`${service.endpoint?.address}:${service.endpoint?.port}`],
    weight: weightOf(service),
  }));
  const ofApps = routed
    .filter(({ service }) => weightOf(service) > 0)
    .flatMap(({ service, app }) =>
      healthyTasks(app).map(task => ({
        addresses: addressesOf(app, task, service.endpoint ?? {}),
        weight: weightOf(service),
      })),
    );
  return {
    present: [...ofApps, ...single],
    tolerated: new Set([
      ...routed.flatMap(({ service, app }) => addresses(app, service.endpoint)),
      ...single.flatMap(one => one.addresses),
    ]),
    shared: services.some(service => !isAddress(service) && ![...apps.keys()].some(slot => names(service, slot))),
  };
}

/** Pure: what keeps a rendered backend from being the expected one; undefined when nothing does. */
export function differenceOf(expected: Expected, servers: readonly RenderedServer[]): string | undefined {
  const missing = expected.present.filter(
    ({ addresses }) => !servers.some(server => addresses.includes(server.address)),
  );
  if (missing.length > 0)
    return `lacks ${missing.map(({ addresses }) => addresses[0] ?? 'a port that the app has').join(', ')}`;
  const strange = expected.shared ? [] : servers.filter(({ address }) => !expected.tolerated.has(address));
  if (strange.length > 0) return `still has ${strange.map(({ address }) => address).join(', ')}`;
  const wrong = servers.find(server =>
    expected.present.some(
      ({ addresses, weight }) => addresses.includes(server.address) && (server.weight ?? 1) !== weight,
    ),
  );
  return wrong && `gives ${wrong.address} the weight ${wrong.weight ?? 1}`;
}

async function lookAtStatistics(
  context: Context,
  { pool, backend }: PoolDocument,
  servers: readonly RenderedServer[],
  expected: Expected,
  signal: AbortSignal,
): Promise<Verdict> {
  const urls = await statisticsOf(context, pool, signal);
  const answers = await Promise.all(
    urls.map(async url => ({ url, answer: await askStatistics(context, url, signal) })),
  );
  const unseen = answers.flatMap(({ answer }) => ('problem' in answer ? [answer.problem] : []));
  const followed = `backend ${backend} of the pool ${pool} lists exactly ${count(expected.present.length, 'healthy instance')}`;
  for (const { url, answer } of answers) {
    const problem = 'rows' in answer ? rowsProblem(answer.rows, backend, servers, expected) : undefined;
    if (problem) return { verdict: 'fail', reason: `the load balancer ${url} ${problem}` };
  }
  if (urls.length > 0 && unseen.length === 0)
    return { verdict: 'pass', reason: `${followed}, at ${count(urls.length, 'load balancer')}` };
  const why = unseen[0] ?? 'Edge-LB does not say where they are';
  if (context.section.statistics === 'if-reachable')
    return { verdict: 'pass', reason: `${followed}; what the load balancers do is not known: ${why}` };
  return { verdict: 'unknown', reason: `not every load balancer of the pool ${pool} could be asked: ${why}` };
}

/** Pure: why one load balancer does not follow yet; undefined when it does. */
export function rowsProblem(
  rows: readonly StatisticsRow[],
  backend: string,
  servers: readonly RenderedServer[],
  expected: Expected,
): string | undefined {
  const own = rows.filter(row => row.proxy === backend);
  const old = own.find(row => !servers.some(({ name }) => name === row.server));
  if (old) return `still has the server ${old.server}`;
  const wanted = servers.filter(({ address }) => expected.present.some(({ addresses }) => addresses.includes(address)));
  for (const { name } of wanted) {
    const row = own.find(({ server }) => server === name);
    if (!row) return `does not have the server ${name} yet`;
    if (!isUp(row.status)) return `says that ${name} is ${row.status}`;
  }
  return undefined;
}
