/** What a snapshot says. */
import type { Slot, SlotState, Snapshot } from './model.js';

export function slotState(snapshot: Snapshot, slot: Slot | undefined): SlotState | undefined {
  return snapshot.slots.find(state => state.slot === slot);
}

export function liveVersion(snapshot: Snapshot): string | undefined {
  return slotState(snapshot, snapshot.live)?.version;
}
