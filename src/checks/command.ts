/** Runs a program of the user's; its exit code is the verdict. */
import type { CommandCheckConfig } from '../config/schema.js';
import { CommandLineError, splitCommandLine } from '../lib/command-line.js';
import { describeEnd, type Execution, execute, NotStarted } from '../lib/exec.js';
import { plain } from '../lib/inert.js';
import { shortenStart } from '../lib/text.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/** How many lines of the output a reason ends with, and how long they may be together. */
const LAST_LINES = 5;
const SHOWN = 400;

/** Exit code 0 passes, any other fails, and so does a timeout. A program that cannot be started is `unknown`. */
export async function inspectCommand(
  check: CommandCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const what = commandText(check);
  try {
    const execution = await execute(programOf(check), {
      directory: tools.workspace,
      environment: environmentOf(check, subject, tools),
      timeoutMs: check.timeout,
      signal,
      onLine: line => tools.log.debug(`${what}: ${line}`),
    });
    const passed = execution.exitCode === 0;
    const reason = `${what} ${describeEnd(execution, check.timeout)}${passed ? '.' : lastWords(execution)}`;
    return { verdict: passed ? 'pass' : 'fail', reason, attempts: 1 };
  } catch (thrown) {
    if (!(thrown instanceof NotStarted || thrown instanceof CommandLineError)) throw thrown;
    return { verdict: 'unknown', reason: plain(thrown.message, SHOWN), attempts: 0 };
  }
}

/** What a command is called in reasons and reports. */
export function commandText({ run }: CommandCheckConfig): string {
  return plain(typeof run === 'string' ? run : run.join(' '), 80);
}

function programOf({ run, shell }: CommandCheckConfig): readonly [string, ...string[]] {
  if (shell) return ['/bin/sh', '-c', typeof run === 'string' ? run : run.join(' ')];
  if (typeof run === 'string') return splitCommandLine(run);
  const [program, ...parameters] = run;
  if (program === undefined) throw new CommandLineError('The command is empty.');
  return [program, ...parameters];
}

/** The process's own environment without the action's inputs (credentials may be among them), and what is looked at. */
function environmentOf(check: CommandCheckConfig, subject: Subject, tools: CheckTools): Record<string, string> {
  const inherited = Object.entries(tools.environment).flatMap(([name, value]) =>
    value === undefined || name.startsWith('INPUT_') ? [] : [[name, value] as const],
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
