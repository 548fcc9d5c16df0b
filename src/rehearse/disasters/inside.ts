/** The child's side of a rehearsed disaster: the user's release on the platform that the parent process serves. */
import { readFile } from 'node:fs/promises';
import { configOf, exitCode, outcomeOf } from '../../command.js';
import type { Config } from '../../config/schema.js';
import { pickHost } from '../../hosts/index.js';
import type { World } from '../../hosts/port.js';
import { outcomeLine } from '../../report/outcome-line.js';
import { type Redirection, redirected } from '../stage.js';

export async function inside(world: World, file: string, rest: readonly string[]): Promise<number> {
  const local = { ...world, arguments: ['run', ...rest] };
  const host = await pickHost(local);
  const config = await configOf(host, local);
  const redirection = JSON.parse(await readFile(file, 'utf8')) as Redirection;
  const outcome = await outcomeOf(host, local, redirected(shortened(config), redirection));
  host.log.info(host.redact(outcomeLine(outcome)));
  return exitCode(outcome, config['strict-gates']);
}

/** Long enough for every step on an embedded platform, and short enough that what hangs ends as it would in earnest. */
const STEP_MS = 15_000;
const WHOLE_MS = 40_000;

/** The user's configuration with waits that a person can sit through, and a lock that a dead run soon loses. */
function shortened(config: Config): Config {
  const { bake, deadlines, drain, teardown } = config;
  return {
    ...config,
    settle: Math.min(config.settle, 300),
    switch: { ...config.switch, hold: Math.min(config.switch.hold, 300) },
    bake: { ...bake, for: Math.min(bake.for, 600), interval: Math.min(bake.interval, 200) },
    drain: { ...drain, interval: Math.min(drain.interval, 200) },
    teardown: { ...teardown, after: Math.min(teardown.after, 300) },
    deadline: Math.min(config.deadline, WHOLE_MS),
    deadlines: {
      deploy: Math.min(deadlines.deploy, STEP_MS),
      ready: Math.min(deadlines.ready, STEP_MS),
      verify: Math.min(deadlines.verify, STEP_MS),
      switch: Math.min(deadlines.switch, STEP_MS),
      confirm: Math.min(deadlines.confirm, STEP_MS),
      drain: Math.min(deadlines.drain, STEP_MS),
      teardown: Math.min(deadlines.teardown, STEP_MS),
    },
    lock: { term: 2_000, wait: 2_500 },
  };
}
