/** What of a run is shown beside its log, and that it is shown how the run ended, whatever happens. */
import type { Config } from './config/schema.js';
import type { Announcement, Ended } from './hosts/announcement.js';
import type { Host } from './hosts/port.js';
import type { Outcome, Verb } from './release/model.js';
import { outcomeLine } from './report/outcome-line.js';

/** Verbs that bring a version into an environment, or take it out. What ends a killed run by itself is not one of them. */
const SHOWN: readonly string[] = ['run', 'deploy', 'switch', 'teardown', 'rollback', 'abort'] satisfies readonly Verb[];

/** Begins in the background. Undefined where nothing was asked to be shown, or the host has no place for it. */
export function announce(host: Host, config: Config): Announcement | undefined {
  const { environment, verb, version, targets } = config;
  const shown = shownOn(host, config);
  if (environment === undefined || !shown || config['dry-run'] || !SHOWN.includes(verb)) return undefined;
  const [first] = targets;
  return host.announce?.({
    environment,
    release: config.release ?? first?.name ?? '',
    version,
    verb,
    liveUrl: first?.['live-url'],
    ...shown,
  });
}

/** GitLab makes a deployment by itself of a job with an environment, and gives every job a token that may do little. */
function shownOn(host: Host, { github, gitlab }: Config) {
  if (host.id === 'gitlab') {
    return { token: gitlab.token ?? '', deployment: false, status: gitlab.status, note: gitlab.note };
  }
  if (!github.token) return undefined;
  return { token: github.token, deployment: github.deployment, status: github.status };
}

/** The same for a configuration that cannot be read: a check that others wait for must not stay away. */
export function announceUnread(host: Host): Announcement | undefined {
  const { environment, verb = 'run', release = '', version = '', 'dry-run': dry } = host.inputs;
  const token = host.inputs[`${host.id}-token`];
  if (environment === undefined || token === undefined || dry === 'true' || !SHOWN.includes(verb)) return undefined;
  host.mask(token);
  const about = { environment, release, version, verb: verb as Verb, token };
  return host.announce?.({ ...about, liveUrl: undefined, deployment: false, status: true });
}

export function endedBy(outcome: Outcome): Ended {
  const { result, verb, next } = outcome;
  return { result, verb, next, sentence: outcomeLine(outcome), isLive: isLive(outcome) };
}

/** Whether every target serves the version that the run was about; undefined where the platform could not be asked. */
function isLive({ targets, version }: Outcome): boolean | undefined {
  if (targets.length === 0 || targets.some(target => target.live === undefined)) return undefined;
  return targets.every(target => target.liveVersion === version);
}

/** How a run ended that could not say so itself. */
export const KILLED: Ended = {
  result: 'cancelled',
  verb: 'abort-if-unfinished',
  next: undefined,
  sentence: 'The run was ended from outside; what it left unfinished was looked at after it.',
};
