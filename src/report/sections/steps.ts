/** The steps that were walked, and how long each took. */
import { inertMarkdown } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Outcome, StepStatus } from '../../release/model.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';
import { timeline } from './timeline.js';

const SIGNS: Readonly<Record<StepStatus, string>> = { done: '✅', failed: '❌', undone: '↩️', cancelled: '🛑' };

export function stepsSection(outcome: Outcome, limits: Limits): string {
  const { steps } = outcome;
  const rows = rowsOf(steps, limits, ({ step, status, durationMs, detail }) => [
    `${SIGNS[status]} ${status}`,
    step,
    formatDuration(durationMs),
    inertMarkdown(detail, 300),
  ]);
  return rows.length === 0
    ? ''
    : section('Steps', table(['', 'step', 'time', 'what came of it'], rows, limits), timeline(outcome));
}
