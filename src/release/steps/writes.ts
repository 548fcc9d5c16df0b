/** Routing writes that are made, kept as evidence and told: of a failure half-way those that came before it, too. */
import { writesBefore } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { heldBy } from '../fence.js';
import type { Routing, SwitchEvidence } from '../model.js';
import type { Leg, Walk } from '../walk.js';

export async function writeRoutes(
  walk: Walk,
  { config }: Leg,
  from: Routing,
  to: Routing,
  signal: AbortSignal,
): Promise<void> {
  try {
    keepWrites(walk, await walk.ports.platform.route(config, from, to, signal, heldBy(walk)));
  } catch (thrown) {
    keepWrites(walk, writesBefore(thrown));
    throw thrown;
  }
}

export function keepWrites({ ledger, ports }: Walk, writes: readonly SwitchEvidence[]): void {
  ledger.switches.push(...writes);
  for (const { route, from, to, answeredInMs } of writes) {
    ports.log.info(`${route}: ${from} -> ${to}, answered in ${formatDuration(answeredInMs)}.`);
  }
}
