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

/** The user's configuration with waits that a person can sit through, and a lock that a dead run soon loses. */
function shortened(config: Config): Config {
  const { bake } = config;
  return {
    ...config,
    settle: Math.min(config.settle, 300),
    bake: { ...bake, for: Math.min(bake.for, 600), interval: Math.min(bake.interval, 200) },
    teardown: { ...config.teardown, after: Math.min(config.teardown.after, 300) },
    lock: { term: 2_000, wait: 2_500 },
  };
}
