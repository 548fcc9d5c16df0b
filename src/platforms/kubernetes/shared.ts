/** Objects of the manifest that belong to both slots: applied as written, or created when they decide about traffic. */
import type { Change } from '../../release/model.js';
import type { Client } from './client.js';
import { hasCode, kubernetesFailure } from './failures.js';
import { sharedObject } from './green.js';
import { type KubernetesObject, title } from './objects.js';
import { groupPath, knownResource, type Resource, splitApiVersion } from './resources.js';

/** Server-side apply, in the object's own namespace. */
export async function applyShared(
  client: Client,
  object: KubernetesObject,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const resource = await resourceOf(client, object, signal);
  const placed = sharedObject(object, namespace, resource.namespaced);
  const { isNew } = await client.apply(resource, placed, signal);
  return [{ verb: isNew ? 'create' : 'update', object: title(placed), detail: 'as the manifest says' }];
}

/** Created if it is absent; what exists is left as it is, since traffic may depend on it. */
export async function createShared(
  client: Client,
  object: KubernetesObject,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const resource = await resourceOf(client, object, signal);
  const placed = sharedObject(object, namespace, resource.namespaced);
  try {
    await client.create(resource, placed, signal);
    return [{ verb: 'create', object: title(placed), detail: '' }];
  } catch (error) {
    if (hasCode(error, 'CONFLICT')) return [];
    throw error;
  }
}

/** From the table, else from the server's own discovery. Throws NOT_FOUND for a kind that the server does not have. */
async function resourceOf(client: Client, object: KubernetesObject, signal: AbortSignal): Promise<Resource> {
  const known = knownResource(object.apiVersion, object.kind);
  if (known) return known;
  const { group, version } = splitApiVersion(object.apiVersion);
  const subject = {
    verb: 'get',
    group,
    resource: `kind ${object.kind} of ${object.apiVersion}`,
    namespace: undefined,
    name: undefined,
  };
  const discovered = (await client.getPath(groupPath({ group, version }), subject, signal)) as
    | { resources?: readonly { name: string; kind: string; namespaced: boolean }[] }
    | undefined;
  const found = discovered?.resources?.find(({ kind, name }) => kind === object.kind && !name.includes('/'));
  if (!found) throw kubernetesFailure('NOT_FOUND', { subject, status: 404, words: '' });
  return { kind: object.kind, group, version, plural: found.name, namespaced: found.namespaced };
}
