/** The steps on one axis of time, and what came of each. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Outcome, StepReport, StepStatus } from '../../../release/model.js';
import { isWayBack } from '../../series.js';
import { type Markup, markup } from '../markup.js';
import { badge, type Column, type Limits, type Section, type Tone, table } from '../parts.js';

const LOOKS: Readonly<Record<StepStatus, readonly [tone: Tone, sign: string]>> = {
  done: ['good', '✓'],
  failed: ['bad', '✗'],
  undone: ['warn', '↩'],
  cancelled: ['warn', '■'],
};
/** The width of the picture in units of its own; a bar is at least so wide that it can be seen. */
const WIDTH = 1_000;
const LEAST = 4;
/** Each bar shows the switches behind it: so many. */
const MARKS = 10;

const COLUMNS: readonly Column[] = [
  { title: 'step', kind: 'word' },
  { title: 'when' },
  { title: 'time', kind: 'number' },
  { title: 'status', kind: 'word' },
  { title: 'what came of it' },
];

export function timelineSection(outcome: Outcome, limits: Limits): readonly Section[] {
  const { steps, evidence } = outcome;
  if (steps.length === 0) return [];
  const from = Math.min(...steps.map(({ startedAt }) => startedAt));
  const marks = evidence.switches.map((write, index) => ({
    at: write.at,
    isBack: isWayBack(write, evidence.switches.slice(0, index)),
  }));
  const to = Math.max(
    from + 1,
    ...steps.map(({ startedAt, durationMs }) => startedAt + durationMs),
    ...marks.map(({ at }) => at),
  );
  const place = (at: number) => Math.round(((at - from) / (to - from)) * WIDTH);
  const lines = marks.slice(0, MARKS).map(({ at, isBack }) => {
    const x = place(at);
    return markup`<line class="${isBack ? 'back' : 'switch'}" x1="${x}" x2="${x}" y1="0" y2="20"/>`;
  });
  const walked = table('Steps', COLUMNS, steps, limits, report => [
    report.step,
    bar(report, place, formatDuration(report.startedAt - from), lines),
    formatDuration(report.durationMs),
    badge(...LOOKS[report.status], report.status),
    shorten(report.detail, limits.text),
  ]);
  const seen = marks.length === 0 ? '' : legendOf(marks.some(({ isBack }) => isBack));
  const axis = markup`<p class="hint">${formatDuration(to - from)} in all.${seen}</p>`;
  return [{ id: 'steps', title: 'Steps', content: markup`${walked}${axis}` }];
}

function legendOf(hasBack: boolean): string {
  return hasBack ? ' The upright lines are the switch, and the way back (dotted).' : ' The upright line is the switch.';
}

function bar(
  { step, status, startedAt, durationMs }: StepReport,
  place: (at: number) => number,
  after: string,
  lines: readonly Markup[],
): Markup {
  const x = Math.min(place(startedAt), WIDTH - LEAST);
  const width = Math.max(LEAST, place(startedAt + durationMs) - x);
  const told = `${step}: ${formatDuration(durationMs)}, from ${after} on`;
  return markup`<svg class="bar ${status}" viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none" role="img" aria-label="${told}"><title>${told}</title><rect x="${x}" y="4" width="${width}" height="12" rx="2"/>${lines}</svg>`;
}
