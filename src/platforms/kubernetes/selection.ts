/** The slot whose pods a selector selects. */
import type { Slot } from '../../release/model.js';
import { matches } from './labels.js';
import type { Labels, Workload } from './objects.js';
import { hasPods } from './workloads.js';

/**
 * Of the slots whose template it matches, the one that has pods; if none has, the only one that it matches. Both with
 * pods is mixed traffic, and then no slot is live.
 */
export function selection(selector: Labels | undefined, workloads: ReadonlyMap<Slot, Workload | undefined>) {
  const matching = [...workloads].filter(([, workload]) => matches(selector, workload?.spec.template.metadata?.labels));
  const selected = matching.filter(([, workload]) => hasPods(workload)).map(([slot]) => slot);
  const candidates = selected.length ? selected : matching.map(([slot]) => slot);
  return { slot: candidates.length === 1 ? candidates[0] : undefined, selected };
}
