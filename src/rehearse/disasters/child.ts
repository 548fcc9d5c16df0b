/** The release in a process of its own: one that can be killed, by the bundle that the user started. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { World } from '../../hosts/port.js';
import { STEP_NAMES } from '../../release/model.js';
import type { Redirection } from '../stage.js';

export interface Child {
  /** The version that it releases. */
  readonly version: string;
  /** The step that its log named last; empty before the first. */
  step(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
}

/** What leads to a stage holds its credentials: the file is for its owner alone. */
export async function writeRedirection(file: string, redirection: Redirection): Promise<void> {
  await writeFile(file, JSON.stringify(redirection), { mode: 0o600 });
}

/** Starts `rehearse --inside FILE` with the release's own arguments. */
export function startChild(
  world: World,
  version: string,
  file: string,
  rest: readonly string[],
  line: (text: string) => void,
): Child {
  const child = spawn(process.execPath, [world.program, 'rehearse', '--inside', file, ...rest], {
    cwd: world.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...world.environment, GITHUB_ACTIONS: undefined, GITLAB_CI: undefined },
  });
  let step = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      for (const each of text.split('\n').filter(one => one.trim() !== '')) {
        step = STEP_NAMES.find(name => each.startsWith(`${name}: `)) ?? step;
        line(each);
      }
    });
  }
  const stop = () => child.kill('SIGINT');
  world.signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      world.signal.removeEventListener('abort', stop);
      resolve(code ?? undefined);
    });
  });
  return { version, step: () => step, kill: signal => void child.kill(signal), ended };
}
