/** The steps on one axis of time, for places that render Mermaid; the table of steps says the same in words. */
import type { Outcome, StepStatus } from '../../release/model.js';

/** How Mermaid paints a bar: `crit` is red. */
const PAINT: Readonly<Record<StepStatus, string>> = {
  done: 'done',
  failed: 'crit',
  undone: 'active',
  cancelled: 'crit',
};
/** More bars than that are not a picture any more. */
const BARS = 40;

export function timeline({ steps, evidence }: Outcome): string {
  if (steps.length === 0) return '';
  const bars = steps.slice(0, BARS).map(({ step, status, startedAt, durationMs }) => {
    const end = startedAt + Math.max(1, Math.round(durationMs));
    return `  ${step} :${PAINT[status]}, ${startedAt}, ${end}`;
  });
  const switches = evidence.switches.slice(0, BARS).map(({ at }) => `  switched :milestone, ${at}, 0ms`);
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %H:%M:%S', ...bars, ...switches, '```'].join('\n');
}
