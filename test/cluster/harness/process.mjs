import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * Starts one part of the cluster, with its output in the file `log`. The promise never resolves and rejects when the
 * part ends, for it must not. The part is in a process group of its own: Ctrl-C must not reach it before the command.
 */
export async function startPart(name, file, args, log) {
  const output = openSync(log, 'w');
  const child = spawn(file, [name, ...args], { stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${name} ended with ${signal ?? code}. Its log ends so:\n${lastLinesOf(log)}`);
}

/** The end of a log, for messages. */
export function lastLinesOf(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
