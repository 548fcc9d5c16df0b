/** What the load balancers still have to do with a slot, as far as they know themselves. */
import type { TargetConfig } from '../../config/schema.js';
import { RequestFailed } from '../../lib/http.js';
import type { Slot } from '../../release/model.js';
import { appId, readApp } from './apps.js';
import type { Context } from './context.js';
import { askStatistics, renderedConfiguration, serversIn, statisticsOf } from './load-balancers.js';
import { requirePoolRoute } from './observation.js';
import { addressesOf } from './tasks.js';

const ANSWER_MS = 5_000;
/** The master and the worker that takes new connections; any more are old workers with connections left. */
const PROCESSES = 2;

export type Count = { readonly value: number } | { readonly problem: string };

/**
 * Sessions and queued requests of the slot's servers at every load balancer, and one for each old process: after a
 * reload such a one still has connections, whose servers are in no statistics any more.
 */
export async function countSessions(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<Count> {
  const app = await readApp(context.client, appId(slot), signal);
  const own = new Set((app?.tasks ?? []).flatMap(task => (app ? addressesOf(app, task, { allPorts: true }) : [])));
  const pools = [...new Set(target.routes.map(route => requirePoolRoute(route).pool))];
  const counts = await Promise.all(pools.map(pool => countInPool(context, pool, own, signal)));
  return added(counts);
}

async function countInPool(
  context: Context,
  pool: string,
  own: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Count> {
  const [urls, rendered] = await Promise.all([
    statisticsOf(context, pool, signal),
    renderedConfiguration(context, pool, signal),
  ]);
  if (urls.length === 0) return { problem: `Edge-LB does not say where the load balancers of the pool ${pool} are` };
  const isOwn = (backend: string, server: string) =>
    (serversIn(rendered ?? '', backend) ?? []).some(({ name, address }) => name === server && own.has(address));
  return added(
    await Promise.all(
      urls.map(async url => {
        const [answer, old] = await Promise.all([
          askStatistics(context, url, signal),
          oldProcesses(context, url, signal),
        ]);
        if ('problem' in answer) return answer;
        const rows = answer.rows.filter(({ proxy, server }) => isOwn(proxy, server));
        const value = rows.reduce((sum, { sessions, queued }) => sum + sessions + queued, 0);
        return 'problem' in old ? old : { value: value + old.value };
      }),
    ),
  );
}

/** How many load balancer processes of before a reload still have connections. */
export async function oldProcesses({ ask }: Context, url: string, signal: AbortSignal): Promise<Count> {
  try {
    const { status, text } = await ask({ url: `${url}/_haproxy_getpids`, timeoutMs: ANSWER_MS, signal });
    if (status !== 200) return { problem: `${url} answered ${status} when asked for its processes` };
    return { value: Math.max(0, text.split(/\s+/).filter(Boolean).length - PROCESSES) };
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return { problem: error.message.replace(/\.$/, '') };
  }
}

/** What one of them does not know, nobody knows. */
export function added(counts: readonly Count[]): Count {
  const unknown = counts.find(count => 'problem' in count);
  return unknown ?? { value: counts.reduce((sum, count) => sum + ('value' in count ? count.value : 0), 0) };
}
