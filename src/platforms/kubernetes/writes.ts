/** The writes of a switch, route after route, whatever kind each is of. */
import { writeRoutes } from '../../lib/write-routes.js';
import type { RouteState, Routing, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { requireBackends, writeBackends } from './backends/switch.js';
import type { Client } from './client.js';
import type { Context } from './context.js';
import type { RouteDocument } from './documents.js';
import { documentOf } from './routes.js';
import { requireService, writeService } from './services.js';
import { isWorkers, requireWorkers, writeWorkers } from './workers.js';

/** Makes the routes what `to` says, in their order; to a routing that there was before, in reverse (P15). */
export function writeRouting(
  context: Context,
  target: string,
  from: Routing,
  to: Routing,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly SwitchEvidence[]> {
  const isReturn = to.routes.every(wanted => documentOf(wanted).demand === 'restore');
  const write = (before: RouteState, wanted: RouteState) => writeOne(context, target, before, wanted, signal, held);
  return writeRoutes({ from, to, isReturn }, write, signal);
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
