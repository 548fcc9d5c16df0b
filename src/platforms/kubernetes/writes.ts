/** The writes of a switch, route after route, whatever kind each is of. */
import { afterWrites } from '../../failures.js';
import type { RouteState, Routing, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { requireBackends, writeBackends } from './backends/switch.js';
import type { Client } from './client.js';
import type { Context } from './context.js';
import { documentOf, type RouteDocument } from './routes.js';
import { requireService, writeService } from './services.js';
import { isWorkers, requireWorkers, writeWorkers } from './workers.js';

/**
 * Makes the routes what `to` says, in their order; to a routing that there was before, in reverse (P15). There a route
 * that cannot be put back does not keep the others from it: the first failure is thrown at the end.
 */
export async function writeRouting(
  context: Context,
  target: string,
  from: Routing,
  to: Routing,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly SwitchEvidence[]> {
  const pairs = to.routes.flatMap((wanted, index) => {
    const before = from.routes[index];
    return before ? [{ before, wanted }] : [];
  });
  const isReturn = pairs.every(({ wanted }) => documentOf(wanted).demand === 'restore');
  const written: SwitchEvidence[] = [];
  const failures: unknown[] = [];
  for (const { before, wanted } of isReturn ? pairs.reverse() : pairs) {
    try {
      const evidence = await writeOne(context, target, before, wanted, signal, held);
      if (evidence) written.push(evidence);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isReturn) throw afterWrites(thrown, written);
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw afterWrites(failures[0], written);
  return written;
}

function writeOne(
  context: Context,
  target: string,
  before: RouteState,
  wanted: RouteState,
  signal: AbortSignal,
  held: StillHeld | undefined,
): Promise<SwitchEvidence | undefined> {
  const write = isWorkers(wanted) ? writeWorkers : isBackends(documentOf(wanted)) ? writeBackends : writeService;
  return write(context, target, before, wanted, signal, held);
}

/**
 * Every route is what the routing says. Asked before green is written: since the plan was made another run may have made
 * green the live slot, and a deployment would then change live pods. Throws ROUTE_CHANGED.
 */
export async function requireRouting(client: Client, routing: Routing, signal: AbortSignal): Promise<void> {
  await Promise.all(
    routing.routes.map(state => {
      if (isWorkers(state)) return requireWorkers(client, state, signal);
      return isBackends(documentOf(state))
        ? requireBackends(client, state, signal)
        : requireService(client, state, signal);
    }),
  );
}

function isBackends({ kind }: RouteDocument): boolean {
  return kind === 'Backends';
}
