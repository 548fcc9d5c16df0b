/** Objects that a deployment would write, as they are now: what a plan compares with. */
import type { Roles } from '../port.js';
import { isDeployed } from './changes.js';
import type { Client } from './client.js';
import { hasCode } from './failures.js';
import { greenCopy } from './green.js';
import { type KubernetesObject, title } from './objects.js';
import type { Observation } from './observation.js';
import { memberGreen } from './pieces.js';
import { isRoutingKind, knownResource } from './resources.js';

/** By title; undefined for what does not exist. What could not be read, or is of a kind that is not known, is left out. */
export type Present = ReadonlyMap<string, KubernetesObject | undefined>;

/** One request for each object of the manifest beside its workloads and its routes; none when green is there already. */
export async function readPresent(
  client: Client,
  observation: Observation,
  roles: Roles,
  signal: AbortSignal,
): Promise<Present> {
  if (!observation.manifest || isDeployed(observation, roles)) return new Map();
  const objects = comparedObjects(observation, roles);
  const found = await Promise.all(objects.map(object => readNow(client, object, signal)));
  return new Map(objects.flatMap((object, index) => (found[index] ? [[title(object), found[index].object]] : [])));
}

function comparedObjects({ manifest, namespace }: Observation, roles: Roles): readonly KubernetesObject[] {
  if (!manifest) return [];
  const { green, blue } = roles;
  const slots = [green, ...(blue === undefined ? [] : [blue])];
  const beside = [manifest, ...manifest.members].flatMap(member => {
    const { name } = member === manifest ? { name: green } : memberGreen(manifest, namespace, member, roles);
    return [member.autoscaler, member.budget].flatMap(one =>
      one ? { ...one, metadata: { ...one.metadata, name, namespace } } : [],
    );
  });
  return [
    ...manifest.others.filter(({ kind }) => !isRoutingKind(kind)).map(object => placed(object, namespace)),
    ...manifest.copies.flatMap(object => slots.map(slot => greenCopy(object, { slot, namespace }))),
    ...beside,
  ];
}

/** An object of the manifest where it will be. */
export function placed(object: KubernetesObject, namespace: string): KubernetesObject {
  if (knownResource(object.apiVersion, object.kind)?.namespaced === false) return object;
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } };
}

async function readNow(client: Client, { apiVersion, kind, metadata }: KubernetesObject, signal: AbortSignal) {
  const resource = knownResource(apiVersion, kind);
  if (!resource) return undefined;
  try {
    return { object: await client.get(resource, metadata.namespace, metadata.name, signal) };
  } catch (error) {
    if (hasCode(error, 'FORBIDDEN')) return undefined;
    throw error;
  }
}
