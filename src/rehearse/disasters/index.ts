/** `rehearse --fault KIND@STEP` and `rehearse --all-faults`: what the user's release would do when something befalls it. */
import { configOf } from '../../command.js';
import { pickHost } from '../../hosts/index.js';
import type { World } from '../../hosts/port.js';
import { formatDuration } from '../../lib/units.js';
import { beyondStandIn } from '../stand-in.js';
import { type Choice, type FaultAt, faultText, isChosen } from './fault.js';
import { play, type Scene, type Setting } from './scene.js';
import { prepare } from './strike.js';
import { faultsOf, type Survey, survey } from './survey.js';
import { ending, endText, isClean, type Row, table } from './table.js';

/** Rehearsals that run at the same time. */
const WIDTH = 4;
/** So much longer than an undisturbed release, alone on the machine, does one of several take that something befalls. */
const SLOWER = 2.5;
/** What an instance had in hand fails with it, and until the routers know of its death. */
const DEATH_IS_KNOWN_MS = 1_000;

/** Exit code 0 when no request failed and every release came to its end, at the latest when it was run again. */
export async function disasters(world: World, wanted: FaultAt | Choice, rest: readonly string[]): Promise<number> {
  const environment = { ...world.environment, GITHUB_ACTIONS: undefined, GITLAB_CI: undefined };
  const local = { ...world, environment, arguments: ['run', ...rest] };
  const host = await pickHost(local);
  const config = await configOf(host, local);
  host.log.info(
    'Each release is rehearsed on an embedded platform; your own is not contacted. Waits (settle, bake, lock) are shortened.',
  );
  for (const sentence of beyondStandIn(config)) host.log.warning(sentence);
  const setting: Setting = { world: local, host, config, rest, line: () => undefined };
  const aloud = { ...setting, line: (text: string) => host.log.info(`  ${text}`) };
  const rows = 'kind' in wanted ? [await befall(aloud, wanted)] : await befallAll(setting, wanted);
  for (const line of table(rows)) host.log.info(line);
  world.signal.throwIfAborted();
  return rows.length > 0 && rows.every(isClean) ? 0 : 1;
}

/** Every chosen fault that the release offers a place for; none, when it does not even succeed undisturbed. */
async function befallAll(setting: Setting, choice: Choice): Promise<readonly Row[]> {
  const { world, host } = setting;
  const quiet = await undisturbed(setting);
  if (quiet.scene.first !== 0) {
    host.log.warning(
      `The release ends as ${endText(quiet.scene.first)} when nothing befalls it, so nothing more is tried. Run rehearse without --all-faults to see why.`,
    );
    return [];
  }
  const faults = faultsOf(quiet.survey).filter(fault => isChosen(fault, choice));
  const estimate = (faults.length / WIDTH) * SLOWER * quiet.scene.tookMs;
  host.log.info(
    `${faults.length} disasters, ${WIDTH} at a time: this takes about ${formatDuration(estimate)}. Interrupt it for the table of what was tried until then.`,
  );
  const rows: Row[] = [];
  const queue = [...faults];
  const worker = async () => {
    for (let fault = queue.shift(); fault && !world.signal.aborted; fault = queue.shift()) {
      const row = await befall(setting, fault);
      if (world.signal.aborted) return;
      rows.push(row);
      host.log.info(`${rows.length}/${faults.length} ${faultText(fault)}: ${ending(row)}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return rows.sort((one, other) => faults.indexOf(one.fault) - faults.indexOf(other.fault));
}

async function undisturbed(setting: Setting): Promise<{ readonly scene: Scene; readonly survey: Survey }> {
  let watched: ReturnType<typeof survey> | undefined;
  const scene = await play(setting, (stage, child) => {
    watched = survey(stage, child);
    return watched;
  });
  return { scene, survey: watched?.survey ?? { asking: new Set(), writing: new Set() } };
}

async function befall({ world, ...setting }: Setting, fault: FaultAt): Promise<Row> {
  // A signal of its own for each: what waits for the one that they share would be counted together, and be called a leak.
  const own = { ...world, signal: AbortSignal.any([world.signal]) };
  const scene = await play({ ...setting, world: own }, (stage, child) => prepare(stage, fault, child));
  const excused = fault.kind === 'instance-death' ? scene.failedSoonAfter(DEATH_IS_KNOWN_MS) : 0;
  return { fault, scene, struck: scene.struck, excused };
}
