/** The steps on one axis of time, for places that render Mermaid; the table of steps says the same in words. */
import type { Outcome, StepStatus } from '../../release/model.js';
import { isWayBack } from '../series.js';

/** How Mermaid paints a bar: `crit` is red. */
const PAINT: Readonly<Record<StepStatus, string>> = {
  done: 'done',
  failed: 'crit',
  undone: 'active',
  cancelled: 'crit',
};
/** More bars than that are not a picture any more. */
const BARS = 40;

/** Bars, and a mark at each time at which traffic moved. */
export function timeline(outcome: Outcome): string {
  const { steps, evidence } = outcome;
  if (steps.length === 0) return '';
  const bars = steps.slice(0, BARS).map(({ step, status, startedAt, durationMs }) => {
    const end = startedAt + Math.max(1, Math.round(durationMs));
    return { at: startedAt, line: `  ${step} :${PAINT[status]}, ${startedAt}, ${end}` };
  });
  const marks = evidence.switches.slice(0, BARS).map((write, index, writes) => {
    const what = isWayBack(write, writes.slice(0, index)) ? 'traffic put back' : 'traffic switched';
    return { at: write.at, line: `  ${what} :milestone, ${write.at}, 0ms` };
  });
  const inOrder = [...bars, ...marks].sort((one, other) => one.at - other.at).map(({ line }) => line);
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %H:%M:%S', ...inOrder, '```'].join('\n');
}
