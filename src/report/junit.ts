/** junit.xml: steps and checks as tests, for the places that list tests of a job. */
import { plain } from '../lib/inert.js';
import type { CheckCase, CheckReport, Outcome, StepReport } from '../release/model.js';

interface Case {
  readonly name: string;
  readonly group: string;
  readonly ms: number;
  /** What is wrong with it, if anything. */
  readonly end?: { readonly element: 'failure' | 'error' | 'skipped'; readonly message: string } | undefined;
}

/** A failed check is a failure, one that could not be made an error; one that may be unknown is skipped. */
export function junitXml(outcome: Outcome): string {
  const checks = outcome.checks.flatMap(check => [
    checkCase(check),
    ...(check.cases ?? []).map(test => ownCase(check, test)),
  ]);
  const suites = [
    suite('steps', outcome, outcome.steps.map(stepCase)),
    ...(outcome.checks.length > 0 ? [suite('checks', outcome, checks)] : []),
  ];
  const all = [...outcome.steps.map(stepCase), ...checks];
  const name = quoted(`cutover ${outcome.release}`.trim());
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${name} ${totals(all)} time=${seconds(outcome.durationMs)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(name: string, { startedAt }: Outcome, cases: readonly Case[]): string {
  const time = cases.reduce((sum, { ms }) => sum + ms, 0);
  const timestamp = new Date(startedAt).toISOString().slice(0, 19);
  const skipped = cases.filter(({ end }) => end?.element === 'skipped').length;
  const attributes = `${totals(cases)} skipped="${skipped}" time=${seconds(time)} timestamp="${timestamp}"`;
  return [`  <testsuite name="${name}" ${attributes}>`, ...cases.map(caseXml), '  </testsuite>'].join('\n');
}

function caseXml({ name, group, ms, end }: Case): string {
  const open = `    <testcase classname=${quoted(group)} name=${quoted(name)} time=${seconds(ms)}`;
  if (!end) return `${open}/>`;
  return [`${open}>`, `      <${end.element} message=${quoted(end.message)}/>`, '    </testcase>'].join('\n');
}

function stepCase({ step, status, durationMs, detail }: StepReport): Case {
  const end = status === 'failed' ? ('failure' as const) : status === 'cancelled' ? ('skipped' as const) : undefined;
  return { name: step, group: 'cutover.steps', ms: durationMs, end: end && { element: end, message: detail } };
}

function checkCase({ name, kind, target, step, verdict, reason, tolerated, durationMs }: CheckReport): Case {
  const unknown = tolerated ? ('skipped' as const) : ('error' as const);
  const element = verdict === 'fail' ? ('failure' as const) : unknown;
  const end = verdict === 'pass' ? undefined : { element, message: reason };
  return { name: `${name} (${kind})`, group: `cutover.${target}.${step}`, ms: durationMs, end };
}

/** A test that a command reported of itself, below the name of its check. */
function ownCase({ name, target, step }: CheckReport, test: CheckCase): Case {
  const group = ['cutover', target, step, name, test.group].filter(part => part !== '').join('.');
  const element = test.outcome === 'failed' ? ('failure' as const) : ('skipped' as const);
  const end = test.outcome === 'passed' ? undefined : { element, message: test.message || test.outcome };
  return { name: test.name, group, ms: test.durationMs, end };
}

function totals(cases: readonly Case[]): string {
  const count = (element: string) => cases.filter(({ end }) => end?.element === element).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`;
}

function seconds(ms: number): string {
  return `"${(ms / 1_000).toFixed(3)}"`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An attribute's value: one line, without what XML cannot carry. */
function quoted(text: string): string {
  const carried = plain(text, 1_000).replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
  return `"${carried.replace(/[&<>"]/g, character => ENTITIES[character] ?? '')}"`;
}
