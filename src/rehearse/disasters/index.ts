/** `rehearse --fault KIND@STEP` and `rehearse --all-faults`: what the user's release would do when something befalls it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '../../command.js';
import type { Config } from '../../config/schema.js';
import { EXIT_CODES } from '../../failures.js';
import { pickHost } from '../../hosts/index.js';
import type { Host, World } from '../../hosts/port.js';
import type { Result } from '../../release/model.js';
import { openCluster, redirected } from '../cluster.js';
import { type LoadCounts, startLoad } from '../load.js';
import { startChild, writeElsewhere } from './child.js';
import { allFaults, type FaultAt, faultText } from './fault.js';
import { prepare } from './strike.js';

/** Rehearsals that run at the same time. */
const WIDTH = 4;
const LOAD = { connections: 2, pauseMs: 20, slotHeader: 'x-app-slot', atMostMs: 120_000 } as const;

/** One rehearsed disaster. */
interface Row {
  readonly fault: FaultAt;
  /** Whether the release made the request that the fault was waiting for. */
  readonly struck: boolean;
  readonly first: string;
  /** How the same command ended when it was run again; undefined when there was no need. */
  readonly again: string | undefined;
  readonly served: string;
  readonly load: LoadCounts;
  readonly clean: boolean;
}

/** Exit code 0 when no request failed and every release came to its end, at the latest when it was run again. */
export async function disasters(world: World, only: FaultAt | undefined, rest: readonly string[]): Promise<number> {
  const stage = {
    ...world,
    environment: { ...world.environment, GITHUB_ACTIONS: undefined, GITLAB_CI: undefined },
    arguments: ['run', ...rest],
  };
  const host = await pickHost(stage);
  const config = await configOf(host, stage);
  const faults = only ? [only] : allFaults();
  host.log.info(
    `${faults.length} rehearsed on an embedded Kubernetes; your own platform is not contacted. Waits (settle, bake, lock) are shortened.`,
  );
  const rows: Row[] = [];
  const queue = [...faults];
  const worker = async () => {
    for (let fault = queue.shift(); fault && !world.signal.aborted; fault = queue.shift()) {
      const row = await rehearseOne(stage, host, config, fault, rest, only !== undefined);
      rows.push(row);
      if (!only) host.log.info(`${faultText(row.fault)}: ${ending(row)}`);
    }
  };
  await Promise.all(Array.from({ length: only ? 1 : WIDTH }, worker));
  rows.sort((one, other) => faults.indexOf(one.fault) - faults.indexOf(other.fault));
  for (const line of table(rows)) host.log.info(line);
  world.signal.throwIfAborted();
  return rows.every(row => row.clean) ? 0 : 1;
}

async function rehearseOne(
  world: World,
  host: Host,
  config: Config,
  fault: FaultAt,
  rest: readonly string[],
  aloud: boolean,
): Promise<Row> {
  await using platform = await openCluster(config, host, world, 'none');
  const folder = await mkdtemp(join(tmpdir(), 'cutover-rehearsal-'));
  try {
    const here = await redirected(config, platform, world);
    const file = join(folder, 'elsewhere.json');
    await writeElsewhere(file, here);
    const load = startLoad({ url: here.targets[0]?.['live-url'] ?? '', ...LOAD });
    const line = aloud ? (text: string) => host.log.info(`  ${text}`) : () => undefined;
    const start = () => startChild(world, file, rest, line);
    const child = start();
    const strike = prepare(platform, fault, child);
    const first = await child.ended;
    strike.end();
    if (aloud && first !== 0) host.log.info('The same command again:');
    const again = first === 0 ? undefined : await start().ended;
    const counts = await load.stop();
    return {
      fault,
      struck: strike.struck(),
      first: resultOf(first),
      again: first === 0 ? undefined : resultOf(again),
      served: Object.keys(counts.bySlot).join(', then '),
      load: counts,
      clean: counts.failed === 0 && (first === 0 || again === 0),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(code: number | undefined): string {
  if (code === undefined) return 'killed';
  const known = Object.entries(EXIT_CODES) as [Result, number][];
  return known.find(([, exit]) => exit === code)?.[0] ?? `exit code ${code}`;
}

function ending({ struck, first, again, load }: Row): string {
  if (!struck) return 'the step makes no such request, so nothing befell it';
  return `${first}${again ? `, and ${again} when it was run again` : ''}; ${load.failed} of ${load.requests} requests failed`;
}

/** Lines of equal columns: what befell, how it ended, what served, requests failed. */
function table(rows: readonly Row[]): readonly string[] {
  const cells = [
    ['what befell', 'how it ended', 'run again', 'what served', 'requests', 'failed', ''],
    ...rows.map(row => [
      faultText(row.fault),
      row.struck ? row.first : `${row.first} (nothing befell it)`,
      row.again ?? '-',
      row.served,
      String(row.load.requests),
      String(row.load.failed),
      row.clean ? '' : '<- look at this',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map(line => (line[column] ?? '').length)));
  return cells.map(line =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
