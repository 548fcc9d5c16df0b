/** One release in a process of its own, under load, with something that befalls it or nothing; and again, if need be. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/schema.js';
import type { Host, World } from '../../hosts/port.js';
import { type LoadCounts, startLoads } from '../load.js';
import { openLive } from '../opening.js';
import type { Stage } from '../stage.js';
import { type Child, startChild, writeRedirection } from './child.js';
import type { Strike } from './strike.js';

/** A process that has not ended by then is killed, and the row says so. */
export const AT_MOST_MS = 60_000;
const LOAD = { connections: 2, pauseMs: 20, slotHeader: 'x-app-slot', atMostMs: 3 * AT_MOST_MS } as const;

/** The world of a release that is rehearsed, and the arguments that its own process gets. */
export interface Setting {
  readonly world: World;
  readonly host: Host;
  readonly config: Config;
  readonly rest: readonly string[];
  /** Gets the lines that the release prints. */
  readonly line: (text: string) => void;
}

/** How a process ended: its exit code, by a signal, or not at all in time. */
export type End = number | 'killed' | 'never';

/** What came of it. */
export interface Scene {
  readonly first: End;
  /** Undefined when the first run needed no second one. */
  readonly again: End | undefined;
  readonly load: LoadCounts;
  /** Whether the release made the request that the strike was waiting for. */
  readonly struck: boolean;
  /** Requests that failed within so many milliseconds after the strike. */
  failedSoonAfter(ms: number): number;
  readonly tookMs: number;
}

/** Plays a release; `prepare` is told before it begins what it plays on. */
export async function play(setting: Setting, prepare: (stage: Stage, child: Child) => Strike): Promise<Scene> {
  const { world, host, config, rest, line } = setting;
  const startedAt = performance.now();
  await using stage = await openLive(config, host, world, 'none');
  const folder = await mkdtemp(join(tmpdir(), 'cutover-rehearsal-'));
  const file = join(folder, 'redirection.json');
  const load = startLoads(
    stage.redirection.liveUrls.filter(url => url !== ''),
    LOAD,
  );
  try {
    await writeRedirection(file, stage.redirection);
    const start = () => startChild(world, config.version, file, rest, line);
    const child = start();
    const strike = prepare(stage, child);
    const first = await endOf(child);
    strike.end();
    if (first !== 0) line('The same command again:');
    const again = first === 0 ? undefined : await endOf(start());
    const at = strike.struck();
    return {
      first,
      again,
      load: await load.stop(),
      struck: at !== undefined,
      failedSoonAfter: ms => (at === undefined ? 0 : load.failedBetween(at, at + ms)),
      tookMs: performance.now() - startedAt,
    };
  } finally {
    await load.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function endOf(child: Child): Promise<End> {
  const over = new AbortController();
  const never = sleep(AT_MOST_MS, 'never' as const, { signal: over.signal }).catch(() => 'never' as const);
  const end = await Promise.race([child.ended, never]);
  over.abort();
  if (end === 'never') {
    child.kill('SIGKILL');
    await child.ended;
  }
  return end ?? 'killed';
}
