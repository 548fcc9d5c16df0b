/**
 * junit.xml: steps and checks as tests, for the places that list tests of a job. In the words of the schema of Ant, the
 * strictest there is: attributes and elements that nobody needs are there because it asks for them.
 */
import { inertHtml, plain } from '../lib/inert.js';
import type { CheckCase, CheckReport, Outcome, StepReport } from '../release/model.js';
import { outcomeLine } from './outcome-line.js';

interface Case {
  readonly name: string;
  readonly group: string;
  readonly ms: number;
  /** What is wrong with it, if anything. */
  readonly end?:
    | { readonly element: 'failure' | 'error' | 'skipped'; readonly type: string; readonly message: string }
    | undefined;
}

/** A failed check is a failure, one that could not be made an error; one that may be unknown is skipped. */
export function junitXml(outcome: Outcome): string {
  const checks = outcome.checks.flatMap(check => [
    checkCase(check),
    ...(check.cases ?? []).map(test => ownCase(check, test)),
  ]);
  const suites = [
    { name: 'steps', cases: outcome.steps.map(step => stepCase(step, outcome)) },
    ...(checks.length > 0 ? [{ name: 'checks', cases: checks }] : []),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.map(({ name, cases }, id) => suiteXml(name, id, outcome, cases)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteXml(name: string, id: number, outcome: Outcome, cases: readonly Case[]): string {
  const { release, version, result, startedAt } = outcome;
  const time = cases.reduce((sum, { ms }) => sum + ms, 0);
  const timestamp = new Date(startedAt).toISOString().slice(0, 19);
  const attributes = `name="${name}" package=${quoted(`cutover ${release}`.trim())} id="${id}" hostname="localhost"`;
  const properties = Object.entries({ release, version, result }).map(
    ([property, value]) => `      <property name="${property}" value=${quoted(value)}/>`,
  );
  return [
    `  <testsuite ${attributes} ${totals(cases)} time=${seconds(time)} timestamp="${timestamp}">`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...cases.map(caseXml),
    `    <system-out>${escaped(outcomeLine(outcome))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ].join('\n');
}

function caseXml({ name, group, ms, end }: Case): string {
  const open = `    <testcase classname=${quoted(group)} name=${quoted(name)} time=${seconds(ms)}`;
  if (!end) return `${open}/>`;
  const said = `      <${end.element} type=${quoted(end.type)} message=${quoted(end.message)}/>`;
  return [`${open}>`, said, '    </testcase>'].join('\n');
}

function stepCase({ step, status, durationMs, detail }: StepReport, { failures }: Outcome): Case {
  const element =
    status === 'failed' ? ('failure' as const) : status === 'cancelled' ? ('skipped' as const) : undefined;
  const type = failures.find(failed => failed.step === step)?.code ?? status;
  return { name: step, group: 'cutover.steps', ms: durationMs, end: element && { element, type, message: detail } };
}

function checkCase({ name, kind, target, step, verdict, reason, tolerated, durationMs }: CheckReport): Case {
  const unknown = tolerated ? ('skipped' as const) : ('error' as const);
  const element = verdict === 'fail' ? ('failure' as const) : unknown;
  const end = verdict === 'pass' ? undefined : { element, type: kind, message: reason };
  return { name: `${name} (${kind})`, group: `cutover.${target}.${step}`, ms: durationMs, end };
}

/** A test that a command reported of itself, below the name of its check. */
function ownCase({ name, kind, target, step }: CheckReport, test: CheckCase): Case {
  const group = ['cutover', target, step, name, test.group].filter(part => part !== '').join('.');
  const element = test.outcome === 'failed' ? ('failure' as const) : ('skipped' as const);
  const end = test.outcome === 'passed' ? undefined : { element, type: kind, message: test.message || test.outcome };
  return { name: test.name, group, ms: test.durationMs, end };
}

function totals(cases: readonly Case[]): string {
  const count = (element: string) => cases.filter(({ end }) => end?.element === element).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function seconds(ms: number): string {
  return `"${(ms / 1_000).toFixed(3)}"`;
}

/** An attribute's value: one line. */
function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/** One line, without what XML cannot carry. */
function escaped(text: string): string {
  return inertHtml(plain(text, 1_000)).replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
