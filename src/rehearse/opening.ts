/** A stage as the user's platform would be before the release: the version before is live, in blue. */
import { outcomeOf } from '../command.js';
import type { Config } from '../config/schema.js';
import { failure } from '../failures.js';
import type { Host, World } from '../hosts/port.js';
import { loadStage, redirected, type Stage, type StandIn } from './stage.js';
import { answersFor } from './stand-in.js';

/** What went live before, in the rehearsal. */
export const VERSION_BEFORE = 'the-version-before';

export type Trouble = 'none' | 'ready' | 'verify' | 'bake';

const UNHEALTHY = { status: 500, json: { status: 'the rehearsal makes this fail' } };

/** Opens the stage of the configuration's platform and makes a first release of the user's own manifest into blue. */
export async function openLive(config: Config, host: Host, world: World, trouble: Trouble): Promise<Stage> {
  const open = await loadStage(config.platform);
  const standIn = (version: string | undefined) => standInOf(version ?? VERSION_BEFORE, config, trouble);
  const stage = await open({ config, workspace: world.workspace, standIn });
  try {
    await releaseBefore(config, stage, host, world);
    return stage;
  } catch (thrown) {
    await stage[Symbol.asyncDispose]();
    throw thrown;
  }
}

function standInOf(version: string, config: Config, trouble: Trouble): StandIn {
  const answers = answersFor(config, version);
  const isNew = version === config.version;
  const isIll = isNew && trouble === 'verify';
  return {
    version,
    crashes: isNew && trouble === 'ready',
    answers: isIll ? Object.fromEntries(Object.keys(answers).map(path => [path, UNHEALTHY])) : answers,
  };
}

async function releaseBefore(config: Config, stage: Stage, host: Host, world: World): Promise<void> {
  const here = redirected(config, stage.redirection);
  const first: Config = {
    ...here,
    settle: 0,
    verify: [],
    bake: { ...config.bake, for: 0, checks: [] },
    version: VERSION_BEFORE,
    verb: 'run',
    'dry-run': false,
    // The first release goes to the slot called green; exchanged, it is the one called blue that is live before.
    targets: here.targets.map(target => ({
      ...target,
      'live-url': undefined,
      slots: { blue: target.slots.green, green: target.slots.blue },
    })),
  };
  const outcome = await outcomeOf({ ...host, log: silent(host) }, world, first);
  if (outcome.result !== 'succeeded') {
    throw failure('UNEXPECTED', {
      reason: outcome.failures[0]?.message ?? `the rehearsal's first release ended as ${outcome.result}`,
    });
  }
  await stage.settled();
}

function silent(host: Host): Host['log'] {
  const nothing = () => undefined;
  return { ...host.log, info: nothing, warning: nothing, waiting: nothing, group: () => nothing };
}
