/** Objects of the manifest that each slot has a copy of its own of, and the references to them. Pure. */
import { SLOT_LABEL } from './labels.js';
import type { Container, KubernetesObject, PodSpec, Workload } from './objects.js';

/** `settings-shop-green`: what an object of the manifest is called in a slot. */
export function copyName(name: string, slot: string): string {
  return `${name}-${slot}`;
}

type Rename = <T extends string | undefined>(kind: 'ConfigMap' | 'Secret' | 'Service', name: T) => T;

/** The workload with every reference to a copied object led to the slot's copy. */
export function withCopies(workload: Workload, copies: readonly KubernetesObject[], slot: string): Workload {
  if (copies.length === 0) return workload;
  const names = new Set(copies.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const rename: Rename = (kind, name) =>
    (name !== undefined && names.has(`${kind}/${name}`) ? copyName(name, slot) : name) as typeof name;
  const { template, serviceName } = workload.spec;
  return {
    ...workload,
    spec: {
      ...workload.spec,
      ...(serviceName === undefined ? {} : { serviceName: rename('Service', serviceName) }),
      template: { ...template, spec: podWithCopies(template.spec, rename) },
    },
  };
}

function podWithCopies(pod: PodSpec, rename: Rename): PodSpec {
  const container = (one: Container) => containerWithCopies(one, rename);
  return {
    ...pod,
    containers: pod.containers.map(container),
    ...(pod.initContainers ? { initContainers: pod.initContainers.map(container) } : {}),
    ...(pod.volumes ? { volumes: pod.volumes.map(volume => volumeWithCopies(volume, rename)) } : {}),
  };
}

/** A reference with its name led to the copy; every other field of it stays. */
function led<T extends { readonly name?: string }>(kind: 'ConfigMap' | 'Secret', reference: T, rename: Rename): T {
  return { ...reference, ...(reference.name === undefined ? {} : { name: rename(kind, reference.name) }) };
}

function containerWithCopies(container: Container, rename: Rename): Container {
  const { env, envFrom } = container;
  return {
    ...container,
    ...(envFrom
      ? {
          envFrom: envFrom.map(one => ({
            ...one,
            ...(one.configMapRef ? { configMapRef: led('ConfigMap', one.configMapRef, rename) } : {}),
            ...(one.secretRef ? { secretRef: led('Secret', one.secretRef, rename) } : {}),
          })),
        }
      : {}),
    ...(env ? { env: env.map(one => variableWithCopies(one, rename)) } : {}),
  };
}

type Variable = NonNullable<Container['env']>[number];

function variableWithCopies(one: Variable, rename: Rename): Variable {
  const { valueFrom } = one;
  if (!valueFrom) return one;
  const { configMapKeyRef, secretKeyRef } = valueFrom;
  return {
    ...one,
    valueFrom: {
      ...valueFrom,
      ...(configMapKeyRef ? { configMapKeyRef: led('ConfigMap', configMapKeyRef, rename) } : {}),
      ...(secretKeyRef ? { secretKeyRef: led('Secret', secretKeyRef, rename) } : {}),
    },
  };
}

type Volume = NonNullable<PodSpec['volumes']>[number];

function volumeWithCopies(volume: Volume, rename: Rename): Volume {
  const { configMap, secret, projected } = volume;
  const secretName = secret?.secretName;
  return {
    ...volume,
    ...(configMap ? { configMap: led('ConfigMap', configMap, rename) } : {}),
    ...(secret && secretName !== undefined ? { secret: { ...secret, secretName: rename('Secret', secretName) } } : {}),
    ...(projected
      ? {
          projected: {
            ...projected,
            ...(projected.sources
              ? {
                  sources: projected.sources.map(source => ({
                    ...source,
                    ...(source.configMap ? { configMap: led('ConfigMap', source.configMap, rename) } : {}),
                    ...(source.secret ? { secret: led('Secret', source.secret, rename) } : {}),
                  })),
                }
              : {}),
          },
        }
      : {}),
  };
}

/**
 * The slot's copy of an object. A governing Service selects the slot's pods alone. `immutable` is left out: the copy goes
 * with its slot, and a later release into the same slot writes it anew.
 */
export function copyOf(object: KubernetesObject, slot: string): KubernetesObject {
  const { immutable: _immutable, ...rest } = object;
  const metadata = { ...object.metadata, name: copyName(object.metadata.name, slot) };
  if (object.kind !== 'Service') return { ...rest, metadata } as KubernetesObject;
  return {
    ...rest,
    metadata,
    spec: { ...(object.spec as object), selector: { [SLOT_LABEL]: slot } },
  } as KubernetesObject;
}
