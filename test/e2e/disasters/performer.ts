import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { release } from '../../../src/command.js';
import { BUNDLE } from '../stage.js';

/** A copy: hundreds of processes are started from it, and a build beside the tests must not change it under them. */
const COPY = mkdtempSync(join(tmpdir(), 'cutover-bundle-'));
cpSync(dirname(process.env.CUTOVER_BUNDLE ?? BUNDLE), COPY, { recursive: true });
process.once('exit', () => rmSync(COPY, { recursive: true, force: true }));

/** How a run ended. */
export interface Ended {
  /** Null for a process that a signal ended. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  /** From its start, in milliseconds. */
  readonly durationMs: number;
}

/** The bundle's process, under way. */
export interface Performer {
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts the bundle; `onLine` sees each line of its log as it comes. */
export function startProcess(workspace: string, args: readonly string[], onLine: (line: string) => void): Performer {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(COPY, 'index.js'), ...args], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: workspace },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
      for (const line of text.split('\n')) onLine(line);
    });
  }
  const ended = new Promise<Ended>(resolve => {
    child.once('close', (code, signal) => resolve({ code, signal, log, durationMs: performance.now() - startedAt }));
  });
  return { kill: signal => void child.kill(signal), ended };
}

/** The same without a process: what the bundle's entry does for a verb, here. A fraction of the time, and no signals. */
export async function runHere(workspace: string, args: readonly string[]): Promise<Ended> {
  const startedAt = performance.now();
  let log = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log += chunk;
      done();
    },
  });
  const code = await release({
    program: '',
    arguments: args,
    environment: { HOME: workspace },
    workspace,
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
  });
  return { code, signal: null, log, durationMs: performance.now() - startedAt };
}
