/** What blue still has to finish when it is taken away, for the evidence. Whether it may go was decided before. */
import type { HeldEvidence } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { pendingText, readAll, watchesWork } from './drain.js';

/** One reading for each target, where anything counts; what nobody counts is said not to be known (P14). */
export async function tellHeld(walk: Walk, signal: AbortSignal): Promise<void> {
  const held = (await everyLeg(walk, leg => heldBy(walk, leg, signal))).flatMap(one => one ?? []);
  walk.ledger.held?.push(...held);
  for (const { slot, text } of held) walk.ports.log.info(`  ${slot}, as it is taken away: ${text}.`);
}

async function heldBy(walk: Walk, leg: Leg, signal: AbortSignal): Promise<HeldEvidence | undefined> {
  const { target, blue: slot } = leg.plan;
  if (slot === undefined) return undefined;
  if (!watchesWork(walk.config)) {
    const text = 'what it still has to finish is not known, since nothing under drain counts it';
    return { target, slot, operations: undefined, text };
  }
  const readings = await readAll(walk, leg, slot, signal);
  if ('problem' in readings) return { target, slot, operations: undefined, text: readings.problem };
  const counts = readings.pending.map(({ operations }) => ('value' in operations ? operations.value : undefined));
  const isKnown = counts.every(count => count !== undefined);
  const operations = isKnown ? counts.reduce((sum, count) => sum + count, 0) : undefined;
  return { target, slot, operations, text: pendingText(readings.pending) };
}
