/** The ports that the release walks on, made of the real things. */
import { runChecks } from './checks/list.js';
import { countPending } from './checks/pending.js';
import type { CheckTools } from './checks/port.js';
import type { Config } from './config/schema.js';
import { openGates } from './gates/index.js';
import type { Host, World } from './hosts/port.js';
import { workflowEvent } from './lib/github/event.js';
import { githubSettings } from './lib/github/settings.js';
import { systemClock } from './lib/poll.js';
import type { Platform } from './platforms/port.js';
import { lastMoment } from './release/deadline.js';
import type { CheckRequest, Ports } from './release/walk.js';

export function portsOf(host: Host, world: World, platform: Platform, config: Config): Ports {
  const tools = {
    clock: systemClock,
    workspace: world.workspace,
    environment: world.environment,
    log: host.log,
    mask: (secret: string) => host.mask(secret),
    measure: measureBy(platform, config),
  };
  return {
    platform,
    clock: systemClock,
    log: host.log,
    last: lastMoment(systemClock, world.signal),
    check: (request: CheckRequest, signal) => runChecks(request, tools, signal),
    gates: openGates({
      approval: config.approval,
      targets: config.targets,
      platform,
      clock: systemClock,
      run: host.run,
      github: githubSettings(config.github.token, world.environment, systemClock),
      event: workflowEvent(world.environment),
      log: host.log,
      redact: (text: string) => host.redact(text),
    }),
    pending: async (target, blue, drain, signal) => countPending(platform, target, blue, drain, tools, signal),
    probe: async (target, url, watched, signal) => {
      const { startProbe } = await import('./checks/probe.js');
      return startProbe({ url, identity: target.identity, ...watched, clock: systemClock }, signal);
    },
  };
}

/** Checks know a target by its name, and nothing of the platform. */
function measureBy(platform: Platform, { targets }: Config): NonNullable<CheckTools['measure']> {
  return async (name, slot, span, what, signal) => {
    const target = targets.find(one => one.name === name);
    const measured = target && (await platform.measure?.(target, slot, span, what, signal));
    return measured ?? { problem: `${platform.id} does not measure slots by itself` };
  };
}
