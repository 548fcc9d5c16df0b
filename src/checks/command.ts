/** Runs a program of the user's; its exit code is the verdict, and so are the tests that it reports. */
import type { CommandCheckConfig } from '../config/schema.js';
import { INPUTS } from '../inputs.js';
import { CommandLineError, splitCommandLine } from '../lib/command-line.js';
import { describeEnd, type Execution, execute, NotStarted } from '../lib/exec.js';
import { plain } from '../lib/inert.js';
import { shortenStart } from '../lib/text.js';
import { count } from '../lib/units.js';
import type { CheckCase, Verdict } from '../release/model.js';
import { readTests, type Tests } from './junit-report.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/** How many lines of the output a reason ends with, and how long they may be together. */
const LAST_LINES = 5;
const SHOWN = 400;

/** Of the tests that a program reports, so many are kept, and so many named. */
const KEPT_CASES = 200;
const NAMED_CASES = 3;

/**
 * Exit code 0 passes, any other fails, and so do a timeout and a failed test in the JUnit XML that was asked for. A program
 * that cannot be started is unknown, and so is one that ends well but left no report that can be read.
 */
export async function inspectCommand(
  check: CommandCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const what = commandText(check);
  const startedAt = Date.now(); // as the file system tells the time
  try {
    const execution = await execute(programOf(check), {
      directory: tools.workspace,
      environment: environmentOf(check, subject, tools),
      timeoutMs: check.timeout,
      signal,
      onLine: line => tools.log.debug(`${what}: ${line}`),
    });
    const tests = check.junit === undefined ? undefined : await readTests(check.junit, tools.workspace, startedAt);
    return {
      ...judge(what, check, execution, tests),
      attempts: 1,
      ...(tests && 'cases' in tests ? kept(tests.cases) : {}),
    };
  } catch (thrown) {
    if (!(thrown instanceof NotStarted || thrown instanceof CommandLineError)) throw thrown;
    return { verdict: 'unknown', reason: plain(thrown.message, SHOWN), attempts: 0 };
  }
}

function judge(what: string, check: CommandCheckConfig, execution: Execution, tests: Tests | undefined): Verdict {
  const ended = `${what} ${describeEnd(execution, check.timeout)}`;
  const passed = execution.exitCode === 0;
  const failed = tests && 'cases' in tests ? tests.cases.filter(({ outcome }) => outcome === 'failed') : [];
  if (failed.length > 0) return { verdict: 'fail', reason: `${ended}; ${failedText(failed, tests)}` };
  if (!passed) return { verdict: 'fail', reason: `${ended}${lastWords(execution)}` };
  if (!tests) return { verdict: 'pass', reason: `${ended}.` };
  if ('problem' in tests) return { verdict: 'unknown', reason: `${ended}, but ${tests.problem}.` };
  const ran = tests.cases.filter(({ outcome }) => outcome === 'passed').length;
  const skipped = tests.cases.length - ran;
  if (ran === 0) return { verdict: 'unknown', reason: `${ended}, but no test of its ${skipped} was run.` };
  return {
    verdict: 'pass',
    reason: `${ended}; ${count(ran, 'test')} passed${skipped > 0 ? `, ${skipped} skipped` : ''}.`,
  };
}

/** `2 of 12 tests failed: cart adds up: expected 3, got 4; login: timed out`. */
function failedText(failed: readonly CheckCase[], tests: Tests | undefined): string {
  const total = tests && 'cases' in tests ? tests.cases.length : 0;
  const named = failed
    .slice(0, NAMED_CASES)
    .map(({ name, message }) => plain(message ? `${name}: ${message}` : name, 150));
  const more = failed.length > named.length ? `; and ${failed.length - named.length} more` : '';
  return `${failed.length} of ${count(total, 'test')} failed: ${named.join('; ')}${more}`;
}

const ORDER = { failed: 0, skipped: 1, passed: 2 } as const;

/** Those that failed come first, so that a bound never hides one behind what went well. */
function kept(cases: readonly CheckCase[]): { readonly cases: readonly CheckCase[] } {
  const sorted = [...cases].sort((one, other) => ORDER[one.outcome] - ORDER[other.outcome]);
  return { cases: sorted.slice(0, KEPT_CASES) };
}

/** What a command is called in reasons and reports. */
export function commandText({ run }: CommandCheckConfig): string {
  return plain(typeof run === 'string' ? run : run.join(' '), 100);
}

function programOf({ run, shell }: CommandCheckConfig): readonly [string, ...string[]] {
  if (shell) return ['/bin/sh', '-c', typeof run === 'string' ? run : run.join(' ')];
  if (typeof run === 'string') return splitCommandLine(run);
  const [program, ...parameters] = run;
  if (program === undefined) throw new CommandLineError('The command is empty.');
  return [program, ...parameters];
}

/** What an input is called where a host gives it as a variable: `INPUT_LIVE-URL`, and `CUTOVER_LIVE_URL`. */
const GIVEN_INPUTS = new Set(INPUTS.map(({ name }) => `CUTOVER_${name.toUpperCase().replaceAll('-', '_')}`));

function isInput(variable: string): boolean {
  return variable.startsWith('INPUT_') || GIVEN_INPUTS.has(variable);
}

/** The process's own environment without the inputs (credentials may be among them), and what is looked at. */
function environmentOf(check: CommandCheckConfig, subject: Subject, tools: CheckTools): Record<string, string> {
  const inherited = Object.entries(tools.environment).flatMap(([name, value]) =>
    value === undefined || isInput(name) ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(inherited),
    ...subject.environment,
    ...(subject.slot === undefined ? {} : { CUTOVER_SLOT: subject.slot }),
    ...(subject.version === undefined ? {} : { CUTOVER_VERSION: subject.version }),
    CUTOVER_TARGET: subject.target,
    ...check.environment,
  };
}

function lastWords({ output }: Execution): string {
  const lines = output.split('\n').filter(line => line.trim() !== '');
  if (lines.length === 0) return ', without a word.';
  const last = lines.slice(-LAST_LINES).map(line => plain(line, 200));
  return `: ${shortenStart(last.join(' / '), SHOWN)}`;
}
