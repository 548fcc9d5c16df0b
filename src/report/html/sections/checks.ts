/** The checks, those that did not pass first, each with its verdict and what was answered. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { CheckCase, CheckReport, Outcome, VerdictName } from '../../../release/model.js';
import { checkRows } from '../../check-rows.js';
import type { Part } from '../markup.js';
import { badge, type Column, code, type Limits, type Section, type Tone, table } from '../parts.js';

const LOOKS: Readonly<Record<VerdictName, readonly [tone: Tone, sign: string]>> = {
  pass: ['good', '✓'],
  fail: ['bad', '✗'],
  unknown: ['warn', '?'],
};
const CASE_LOOKS: Readonly<Record<CheckCase['outcome'], readonly [tone: Tone, sign: string]>> = {
  passed: ['good', '✓'],
  failed: ['bad', '✗'],
  skipped: ['calm', '–'],
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
  const content = table('Checks', COLUMNS, checkRows(checks), limits, ({ check, test }) =>
    test ? caseCells(check, test, limits) : cells(check, limits),
  );
  return [{ id: 'checks', title: 'Checks', content }];
}

function cells(check: CheckReport, limits: Limits): readonly Part[] {
  return [
    badge(...LOOKS[check.verdict], check.verdict),
    shorten(check.name, limits.text),
    shorten(check.kind, 40),
    check.step,
    check.slot === undefined ? shorten(`${check.target}, live`, limits.text) : code(check.slot, limits),
    check.attempts,
    formatDuration(check.durationMs),
    shorten(check.reason, limits.text),
  ];
}

function caseCells(check: CheckReport, test: CheckCase, limits: Limits): readonly Part[] {
  const { name, group, outcome, message, durationMs } = test;
  return [
    badge(...CASE_LOOKS[outcome], outcome),
    shorten(`↳ ${group === '' ? name : `${group}: ${name}`}`, limits.text),
    'test',
    check.step,
    shorten(check.name, limits.text),
    '–',
    formatDuration(durationMs),
    shorten(message, limits.text),
  ];
}
