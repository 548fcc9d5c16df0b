/** The checks, those that did not pass first, each with its verdict and what was answered. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Outcome, VerdictName } from '../../../release/model.js';
import { markup } from '../markup.js';
import { badge, type Column, code, type Limits, type Section, type Tone, table } from '../parts.js';

const LOOKS: Readonly<Record<VerdictName, readonly [tone: Tone, sign: string]>> = {
  pass: ['good', '✓'],
  fail: ['bad', '✗'],
  unknown: ['warn', '?'],
};
const COLUMNS: readonly Column[] = [
  { title: 'verdict', kind: 'word' },
  { title: 'check' },
  { title: 'kind', kind: 'word' },
  { title: 'step', kind: 'word' },
  { title: 'on' },
  { title: 'tries', kind: 'number' },
  { title: 'time', kind: 'number' },
  { title: 'answer' },
];

export function checksSection({ checks }: Outcome, limits: Limits): readonly Section[] {
  if (checks.length === 0) return [];
  const sorted = [
    ...checks.filter(({ verdict }) => verdict !== 'pass'),
    ...checks.filter(({ verdict }) => verdict === 'pass'),
  ];
  const rows = sorted.map(check => [
    badge(...LOOKS[check.verdict], check.verdict),
    shorten(check.name, limits.text),
    check.kind,
    check.step,
    check.slot === undefined ? `${check.target}, live` : code(check.slot, limits),
    check.attempts,
    formatDuration(check.durationMs),
    shorten(check.reason, limits.text),
  ]);
  return [{ id: 'checks', title: 'Checks', content: markup`${table('Checks', COLUMNS, rows, limits)}` }];
}
