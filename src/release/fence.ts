/** Fencing: of a silent holder and the run that took over, only the second one can still write. */
import type { StillHeld } from '../platforms/port.js';
import { within } from './deadline.js';
import type { ReleaseRecord } from './record.js';
import { LOOK_MS } from './session.js';
import type { Walk } from './walk.js';

/** What a platform asks before a write that could hurt. */
export function heldBy({ journal }: Pick<Walk, 'journal'>): StillHeld {
  return signal => journal.stillHeld(signal);
}

/**
 * Called right after a claim. A record that somebody still held was taken over because its holder was silent; should it
 * wake up, the writes that it had prepared fail.
 */
export async function fenceOff(walk: Walk, before: ReleaseRecord | undefined, signal: AbortSignal): Promise<void> {
  if (!before?.holder) return;
  const { clock, platform } = walk.ports;
  const number = walk.journal.record.fence;
  const doing = () => 'making the writes of the run before impossible';
  const each = (own: AbortSignal) => Promise.all(walk.legs.map(({ config }) => platform.fence(config, number, own)));
  await within(clock, LOOK_MS, signal, doing, each);
}
