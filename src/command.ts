/** One verb of a release, from the host's inputs to its outputs and an exit code. */
import { randomUUID } from 'node:crypto';
import { announce, announceUnread, endedBy } from './announce.js';
import type { Config } from './config/schema.js';
import { readConfig } from './config.js';
import { EXIT_CODES } from './failures.js';
import type { Announcement } from './hosts/announcement.js';
import { pickHost } from './hosts/index.js';
import type { Host, World } from './hosts/port.js';
import { commitOf } from './lib/commit.js';
import { workflowEvent } from './lib/github/event.js';
import { systemClock } from './lib/poll.js';
import { neverBegun } from './never-begun.js';
import { notify } from './notify.js';
import { loadPlatform } from './platforms/index.js';
import { portsOf } from './ports.js';
import { publish, sayOnly } from './publish.js';
import type { Outcome, Plan } from './release/model.js';
import { planText } from './report/plan.js';
import { run } from './run.js';
import { status } from './status.js';

export async function release(world: World): Promise<number> {
  const host = await pickHost(world);
  if (isAfterwards(host)) return (await import('./post.js')).cleanUp(host, world);
  host.state?.save('cutover-started', 'true');
  // A job on GitLab may run several verbs, one after the other.
  if (host.state?.read('cutover-finished')) host.state.save('cutover-finished', '');
  const code = await releaseOn(forStrangers(host, world), world);
  host.state?.save('cutover-finished', 'true');
  return code;
}

/** Whether this is the after_script of a job whose script has begun a release. On GitHub the post step is told apart. */
function isAfterwards({ id, inputs, state }: Host): boolean {
  return id === 'gitlab' && inputs.verb === 'abort-if-unfinished' && state?.read('cutover-started') !== undefined;
}

/** Verbs that only read. */
const READING: readonly (string | undefined)[] = ['plan', 'status'];

/** A pull request of a fork brings strangers' code: whatever it asks for, it is planned and no more. */
function forStrangers(host: Host, world: World): Host {
  const { fork } = workflowEvent(host.id === 'github' ? world.environment : {});
  if (fork === undefined || READING.includes(host.inputs.verb)) return host;
  host.log.warning(
    `This pull request comes from ${fork}, and GitHub gives no secrets to it: this run plans the release and writes nothing.`,
  );
  return { ...host, inputs: { ...host.inputs, verb: 'plan' } };
}

/** The same for a host that is known already, such as in the post step. */
export async function releaseOn(host: Host, world: World): Promise<number> {
  const startedAt = systemClock.now();
  let announcement: Announcement | undefined;
  try {
    const config = await configOf(host, world);
    if (config.verb === 'status') return await status(host, world, config);
    announcement = announce(host, config);
    let plan: Plan | undefined;
    const outcome = await outcomeOf(host, world, config, shown => {
      plan = shown;
    });
    if (hadNothingToEnd(outcome)) return sayOnly(host, outcome);
    await publish(host, world, outcome, config['report-directory'], plan);
    await Promise.all([notify(host, outcome, config.notify), announcement?.end(endedBy(outcome))]);
    return exitCode(outcome, config['strict-gates']);
  } catch (thrown) {
    const outcome = neverBegun(thrown, startedAt, host.inputs.verb);
    await publish(host, world, outcome, host.inputs['report-directory']);
    await (announcement ?? announceUnread(host))?.end(endedBy(outcome));
    return EXIT_CODES[outcome.result];
  }
}

/** A clean-up that finds nothing to clean up leaves what the run itself left behind: its reports, outputs and messages. */
function hadNothingToEnd({ verb, result }: Outcome): boolean {
  return verb === 'abort-if-unfinished' && result === 'unchanged';
}

export function configOf(host: Host, world: World): Promise<Config> {
  return readConfig({
    inputs: host.inputs,
    workspace: world.workspace,
    environment: world.environment,
    commit: () => commitOf(world),
    mask: secret => host.mask(secret),
    examine: async (platform, target, section) =>
      (await loadPlatform(platform)).examine(target, world.workspace, section),
  });
}

/** Walks what the configuration says; whatever happens is an outcome. */
export async function outcomeOf(
  host: Host,
  world: World,
  config: Config,
  planned: (plan: Plan) => void = () => undefined,
): Promise<Outcome> {
  await using platform = await openPlatform(host, world, config);
  const session = {
    config,
    ports: portsOf(host, world, platform, config),
    identity: { ...host.run, id: identify(host) },
    redact: (text: string) => host.redact(text),
    cancel: world.signal,
  };
  // Awaited here: the platform closes when this returns.
  return await run(session, ({ plan }) => {
    host.log.info(planText(plan));
    planned(plan);
  });
}

export async function openPlatform(host: Host, world: World, config: Config) {
  const { open } = await loadPlatform(config.platform);
  return open({
    workspace: world.workspace,
    environment: world.environment,
    kubeconfig: config.kubeconfig,
    context: config.context,
    namespace: config.namespace,
    marathon: config.marathon,
    bcs: config.bcs,
    'cloud-foundry': config['cloud-foundry'],
    targets: config.targets,
    log: host.log,
    mask: secret => host.mask(secret),
    clock: systemClock,
  });
}

/** Jobs of one workflow run share the run's id; a part of its own tells them apart, and the post step finds it again. */
function identify(host: Host): string {
  // A GitLab job's number is its own, and the only thing that its after_script can find the record by.
  if (host.id === 'gitlab') return host.run.id;
  const known = host.state?.read('cutover-holder');
  if (known) return known;
  const id = `${host.run.id}-${randomUUID().slice(0, 8)}`;
  host.state?.save('cutover-holder', id);
  return id;
}

export function exitCode(outcome: Outcome, strictGates: boolean): number {
  return outcome.result === 'waiting' && strictGates ? 5 : EXIT_CODES[outcome.result];
}
