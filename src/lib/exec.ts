/** Runs programs: one runner that can be stopped for checks, and a short call for helpers such as git. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getExecOutput } from '@actions/exec';
import { deadline } from './poll.js';
import { formatDuration } from './units.js';

export interface ExecuteOptions {
  /** The folder that it runs in. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How many characters of the output are kept, counted from its end. */
  readonly keep?: number;
  /** Told each line of output as it comes, from both streams. */
  readonly onLine?: (line: string) => void;
  /** Time between asking the processes to end and ending them. */
  readonly graceMs?: number;
}

export interface Execution {
  /** Undefined when a signal or the timeout ended it. */
  readonly exitCode: number | undefined;
  /** Such as SIGSEGV, when somebody else ended it. */
  readonly endedBy: string | undefined;
  readonly timedOut: boolean;
  /** The end of what it wrote to both streams; begins with … when something was cut. */
  readonly output: string;
  readonly durationMs: number;
}

/** A program that could not be started at all; the message is a whole sentence. */
export class NotStarted extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'NotStarted';
  }
}

const GRACE = 2_000;
const KEPT = 64 * 1024;
const LONGEST_LINE = 8 * 1024;

/**
 * Runs a program in a process group of its own and answers when it and all its children are gone. A timeout or the
 * signal ends the whole group, first politely and after `graceMs` for good; what a program leaves behind in the
 * background is ended as well, unless it made itself a session of its own (setsid), which nobody can follow.
 * Throws NotStarted, and the signal's reason. The program has no input.
 *
 * The runner of @actions/exec cannot do this: it takes no signal, has no timeout, and knows one process only.
 * (On Windows, which has no process groups, only the program itself is ended.)
 */
export async function execute(
  [program, ...parameters]: readonly [string, ...string[]],
  options: ExecuteOptions,
): Promise<Execution> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, parameters, {
    cwd: options.directory,
    env: { ...options.environment },
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child, options);
  const endAtExit = () => end(child, 'SIGKILL');
  process.once('exit', endAtExit);
  try {
    using limit = deadline(options.signal, options.timeoutMs);
    const [exitCode, endedBy] = await ending(child, limit.signal, options.graceMs ?? GRACE, program, options.directory);
    if (options.signal.aborted) throw options.signal.reason;
    return {
      exitCode: limit.passed ? undefined : (exitCode ?? undefined),
      endedBy: limit.passed ? undefined : (endedBy ?? undefined),
      timedOut: limit.passed,
      output: output(),
      durationMs: Math.round(performance.now() - started),
    };
  } finally {
    process.removeListener('exit', endAtExit);
  }
}

/** Resolves when the group is gone, however it ended. */
async function ending(child: ChildProcess, stop: AbortSignal, grace: number, program: string, directory: string) {
  let last: NodeJS.Timeout | undefined;
  let letGo: NodeJS.Timeout | undefined;
  const askToEnd = () => {
    if (last === undefined && end(child, 'SIGTERM')) last = setTimeout(() => end(child, 'SIGKILL'), grace);
  };
  stop.addEventListener('abort', askToEnd, { once: true });
  child.once('exit', () => {
    askToEnd();
    // Whoever left the group (setsid) may hold the streams for ever, and 'close' would never come.
    letGo = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, grace);
  });
  try {
    return await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', cause => reject(new NotStarted(whyNotStarted(cause, program, directory), cause)));
      child.once('close', (code, signal) => resolve([code, signal]));
    });
  } finally {
    stop.removeEventListener('abort', askToEnd);
    if (last !== undefined) await goneOrForced(child, grace);
    clearTimeout(last);
    clearTimeout(letGo);
  }
}

/** After 'close', members that hold no stream may still run: they get the rest of the grace time. */
async function goneOrForced(child: ChildProcess, grace: number): Promise<void> {
  const limit = performance.now() + grace;
  while (end(child, 0)) {
    if (performance.now() > limit) return void end(child, 'SIGKILL');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Sends a signal to the group; false when nobody is left to get it. */
function end(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  if (process.platform === 'win32') return child.exitCode === null && child.kill(signal);
  try {
    return process.kill(-child.pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
    // EPERM: macOS says so of a group whose members have all ended but were not collected yet.
    if ((thrown as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw thrown;
  }
}

/** Gathers both streams: the tail as text, whole lines to the callback. */
function collect(child: ChildProcess, options: ExecuteOptions): () => string {
  const keep = options.keep ?? KEPT;
  let tail = '';
  let cut = false;
  for (const stream of [child.stdout, child.stderr]) {
    let line = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      tail += text;
      if (tail.length > 2 * keep) {
        tail = tail.slice(-keep);
        cut = true;
      }
      const lines = (line + text).split('\n');
      line = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const whole of lines) options.onLine?.(whole);
    });
    stream?.on('end', () => line && options.onLine?.(line));
  }
  return () => (cut || tail.length > keep ? `…${tail.slice(-keep)}` : tail);
}

function whyNotStarted(cause: Error, program: string, directory: string): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (!existsSync(directory)) return `${program} could not be started, because its folder ${directory} does not exist.`;
  if (code === 'ENOENT') return `${program} was not found, neither as a path nor on the PATH.`;
  if (code === 'EACCES') return `${program} may not be executed; give it the permission with chmod +x.`;
  return `${program} could not be started: ${cause.message}.`;
}

/**
 * What a short helper program prints, trimmed; undefined when it is missing, fails, or takes longer than `timeoutMs`.
 * For calls such as `git rev-parse HEAD`, which answer at once and have no children.
 */
export async function commandOutput(
  program: string,
  parameters: readonly string[],
  options: { readonly directory: string; readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<string | undefined> {
  using limit = deadline(options.signal, options.timeoutMs ?? 5_000);
  const tooLate = new Promise<undefined>(resolve => limit.signal.addEventListener('abort', () => resolve(undefined)));
  const call = getExecOutput(program, [...parameters], {
    cwd: options.directory,
    silent: true,
    ignoreReturnCode: true,
  }).then(
    ({ exitCode, stdout }) => (exitCode === 0 ? stdout.trim() : undefined),
    () => undefined, // a missing program is one of the answers that the caller expects
  );
  const answer = await Promise.race([call, tooLate]);
  options.signal.throwIfAborted();
  return answer;
}

/** How an execution ended, as the second half of a sentence: `ended with exit code 3 after 1.2 s`. */
export function describeEnd(execution: Execution, timeoutMs: number): string {
  if (execution.timedOut) return `did not end within ${formatDuration(timeoutMs)} and was stopped`;
  const after = `after ${formatDuration(execution.durationMs)}`;
  if (execution.endedBy !== undefined) return `was ended by ${execution.endedBy} ${after}`;
  return `ended with exit code ${execution.exitCode} ${after}`;
}
