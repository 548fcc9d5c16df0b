/** Environment -> host. Each is loaded only where it is needed: that of GitHub brings @actions/core, which is heavy. */
import { systemClock } from '../lib/poll.js';
import type { Clock } from '../platforms/port.js';
import type { Host, HostId, World } from './port.js';

type MakeHost = (world: World, clock: Clock) => Host;

const HOSTS: Readonly<Record<HostId, () => Promise<MakeHost>>> = {
  github: async () => (await import('./github.js')).githubHost,
  gitlab: async () => (await import('./gitlab.js')).gitlabHost,
  terminal: async () => (await import('./terminal.js')).terminalHost,
};

/** The host that the environment names. Throws INVALID_CONFIGURATION for a command line that cannot be read. */
export async function pickHost(world: World, clock: Clock = systemClock): Promise<Host> {
  const makeHost = await HOSTS[hostOf(world.environment)]();
  return makeHost(world, clock);
}

function hostOf(environment: World['environment']): HostId {
  if (environment.GITHUB_ACTIONS === 'true') return 'github';
  return environment.GITLAB_CI === 'true' ? 'gitlab' : 'terminal';
}
