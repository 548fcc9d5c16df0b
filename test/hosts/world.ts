/** The world as a host sees it, with streams that keep what was written. */
import type { World } from '../../src/hosts/port.js';

export interface Written {
  readonly world: World;
  stdout(): string;
  stderr(): string;
}

export function worldOf(
  environment: Record<string, string | undefined>,
  options: { arguments?: readonly string[]; workspace?: string; isTTY?: boolean; columns?: number } = {},
): Written {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    ({
      isTTY: options.isTTY ?? false,
      columns: options.columns ?? 80,
      write: (text: string) => {
        written[name] += text;
        return true;
      },
    }) as unknown as World['stdout'];
  return {
    world: {
      program: 'dist/index.js',
      arguments: options.arguments ?? [],
      environment,
      workspace: options.workspace ?? '/',
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      signal: new AbortController().signal,
    },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  };
}

/** A clock that stands still until it is moved. */
export function stillClock(start = 1_700_000_000_000) {
  let now = start;
  return {
    now: () => now,
    sleep: async () => undefined,
    move: (ms: number) => {
      now += ms;
    },
  };
}
