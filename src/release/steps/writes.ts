/** Routing writes that were made, kept as evidence and told. */
import { formatDuration } from '../../lib/units.js';
import type { SwitchEvidence } from '../model.js';
import type { Walk } from '../walk.js';

export function keepWrites({ ledger, ports }: Walk, writes: readonly SwitchEvidence[]): void {
  ledger.switches.push(...writes);
  for (const { route, from, to, answeredInMs } of writes) {
    ports.log.info(`${route}: ${from} -> ${to}, answered in ${formatDuration(answeredInMs)}.`);
  }
}
