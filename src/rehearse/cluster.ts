/** A cluster as it would be before the user's release: the Services, and the version before, live in blue. */
import { outcomeOf } from '../command.js';
import type { Config, TargetConfig } from '../config/schema.js';
import {
  type EmbeddedKubernetes,
  type Pod,
  type PodBehaviour,
  startEmbeddedKubernetes,
} from '../embedded/kubernetes/index.js';
import { failure } from '../failures.js';
import type { Host, World } from '../hosts/port.js';
import { readManifest } from '../platforms/kubernetes/manifest.js';
import { answersFor } from './stand-in.js';

/** What went live before, in the rehearsal. */
export const VERSION_BEFORE = 'the-version-before';

export type Trouble = 'none' | 'ready' | 'verify' | 'bake';

const UNHEALTHY = { status: 500, json: { status: 'the rehearsal makes this fail' } };

/** Starts the embedded platform and makes a first release of the user's own manifest into the slots called blue. */
export async function openCluster(
  config: Config,
  host: Host,
  world: World,
  trouble: Trouble,
): Promise<EmbeddedKubernetes> {
  const answers = answersFor(config);
  const platform = await startEmbeddedKubernetes({ behaviour: pod => behaviourOf(pod, config, answers, trouble) });
  try {
    await platform.apply(await services(config, world));
    await platform.settled();
    await releaseBefore(config, platform, host, world);
    return platform;
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
}

/** The configuration with everything that leads to the user's platform led to this one. */
export async function redirected(config: Config, platform: EmbeddedKubernetes, world: World): Promise<Config> {
  const targets = await Promise.all(
    config.targets.map(async target => {
      const [name] = servicesOf(target);
      return { ...target, 'live-url': platform.serviceUrl(await namespaceOf(config, target, world), name ?? '') };
    }),
  );
  return { ...config, targets, kubeconfig: platform.kubeconfig(), context: undefined };
}

function behaviourOf(pod: Pod, config: Config, answers: PodBehaviour['answers'], trouble: Trouble): PodBehaviour {
  const version = pod.metadata.annotations?.['cutover/version'] ?? VERSION_BEFORE;
  const isNew = version === config.version;
  if (isNew && trouble === 'ready') return { version, start: 'crash' };
  const paths = Object.keys(answers ?? {});
  if (isNew && trouble === 'verify')
    return { version, answers: Object.fromEntries(paths.map(path => [path, UNHEALTHY])) };
  return { version, ...(answers ? { answers } : {}) };
}

async function releaseBefore(config: Config, platform: EmbeddedKubernetes, host: Host, world: World): Promise<void> {
  const quick = { settle: 0, verify: [], bake: { ...config.bake, for: 0, checks: [] } };
  const before = await redirected(config, platform, world);
  const first: Config = {
    ...before,
    ...quick,
    version: VERSION_BEFORE,
    verb: 'run',
    'dry-run': false,
    // The first release goes to the slot called green; exchanged, it is the one called blue that is live before.
    targets: before.targets.map(target => ({
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
  await platform.settled();
}

function silent(host: Host): Host['log'] {
  const nothing = () => undefined;
  return { ...host.log, info: nothing, warning: nothing, waiting: nothing, group: () => nothing };
}

/** The Services that the routes name and the manifest does not bring. */
async function services(config: Config, world: World): Promise<readonly object[]> {
  const made = await Promise.all(
    config.targets.map(async target => {
      const namespace = await namespaceOf(config, target, world);
      const { manifest } = await readManifest(target, world.workspace);
      const ports = manifest?.workload.spec.template.spec.containers.flatMap(container => container.ports ?? []) ?? [];
      const targetPort = ports[0]?.name ?? ports[0]?.containerPort ?? 8080;
      return servicesOf(target).map(name => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { selector: { 'cutover/slot': target.slots.blue }, ports: [{ name: 'http', port: 80, targetPort }] },
      }));
    }),
  );
  return made.flat();
}

function servicesOf(target: TargetConfig): readonly string[] {
  return target.routes.flatMap(route => (route.startsWith('service/') ? [route.slice('service/'.length)] : []));
}

async function namespaceOf(config: Config, target: TargetConfig, world: World): Promise<string> {
  const { manifest } = await readManifest(target, world.workspace);
  return target.namespace ?? manifest?.workload.metadata.namespace ?? config.namespace ?? 'default';
}
