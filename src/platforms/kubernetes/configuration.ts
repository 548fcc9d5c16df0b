/** ConfigMaps and Secrets that both slots share: what the manifest changes, blue gets too. */
import type { Finding } from '../../release/model.js';
import type { Context } from './context.js';
import { equalLabels } from './labels.js';
import type { KubernetesObject, PodSpec, Workload } from './objects.js';
import type { Observation } from './observation.js';
import type { Tell } from './preflight/subjects.js';
import { CONFIG_MAPS, SECRETS } from './resources.js';

interface Configuration extends KubernetesObject {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Warns of each that blue uses now and that the manifest changes. One request for each that both name. */
export async function configurationFindings(
  { client }: Context,
  { manifest, namespace }: Observation,
  blue: Workload | undefined,
  tell: Tell,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (!manifest || !blue) return [];
  const used = configurationOf(blue.spec.template.spec);
  const shared = manifest.others.filter(
    ({ kind, metadata }) => used.has(`${kind}/${metadata.name}`) && (metadata.namespace ?? namespace) === namespace,
  );
  const found = await Promise.all(
    shared.map(async object => {
      const resource = object.kind === 'Secret' ? SECRETS : CONFIG_MAPS;
      const now = await client.get<Configuration>(resource, namespace, object.metadata.name, signal);
      if (!now || sameContent(now, object as Configuration)) return [];
      const { kind } = object;
      const { name } = object.metadata;
      const message = `${kind} ${name} of the manifest differs from the one that ${blue.metadata.name}, which is live, uses now.`;
      const remedy =
        'Name its kind under per-slot, so that each slot has its own; else blue gets it too, and a rollback does not undo it.';
      return [tell('warning', 'CONFIGURATION_SHARED', message, remedy)];
    }),
  );
  return found.flat();
}

/** `ConfigMap/name` and `Secret/name` of everything that a pod reads. */
export function configurationOf(pod: PodSpec): ReadonlySet<string> {
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  const volumes = pod.volumes ?? [];
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const maps = [
    ...volumes.map(volume => volume.configMap?.name),
    ...sources.map(source => source.configMap?.name),
    ...containers.flatMap(container => (container.envFrom ?? []).map(from => from.configMapRef?.name)),
    ...containers.flatMap(container => (container.env ?? []).map(one => one.valueFrom?.configMapKeyRef?.name)),
  ];
  const secrets = [
    ...volumes.map(volume => volume.secret?.secretName),
    ...sources.map(source => source.secret?.name),
    ...containers.flatMap(container => (container.envFrom ?? []).map(from => from.secretRef?.name)),
    ...containers.flatMap(container => (container.env ?? []).map(one => one.valueFrom?.secretKeyRef?.name)),
  ];
  return new Set([...maps.map(name => `ConfigMap/${name}`), ...secrets.map(name => `Secret/${name}`)]);
}

/** The server keeps a Secret's stringData as base64 in its data. */
function sameContent(now: Configuration, wanted: Configuration): boolean {
  const encoded = Object.entries(wanted.stringData ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  const data = { ...wanted.data, ...Object.fromEntries(encoded) };
  return equalLabels(now.data, data) && equalLabels(now.binaryData, wanted.binaryData);
}
