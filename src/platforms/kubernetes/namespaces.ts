/** The namespace that a release goes to, where the release itself brings it. */
import type { Client } from './client.js';
import type { Site } from './context.js';
import { kubernetesFailure } from './failures.js';
import type { KubernetesObject } from './objects.js';
import { NAMESPACES } from './resources.js';
import { createShared } from './shared.js';

/** The document of the manifest that makes a target's namespace. */
export function namespaceDocument({ manifest, namespace }: Site): KubernetesObject | undefined {
  return manifest?.others.find(({ kind, metadata }) => kind === NAMESPACES.kind && metadata.name === namespace);
}

/**
 * Made before everything else, since the record lies in it; what exists is left as it is. Throws NAMESPACE_NOT_FOUND when
 * no manifest brings it.
 */
export async function createNamespace(
  client: Client,
  namespace: string,
  document: KubernetesObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!document) throw kubernetesFailure('NAMESPACE_NOT_FOUND', { namespace });
  await createShared(client, document, namespace, signal);
}

/** Only to say the right thing: not everybody may read namespaces. Throws NAMESPACE_NOT_FOUND. */
export async function requireNamespace(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  const unknown = Symbol('unknown');
  const found = await client.get(NAMESPACES, undefined, namespace, signal).catch((): typeof unknown => unknown);
  signal.throwIfAborted();
  if (found === undefined) throw kubernetesFailure('NAMESPACE_NOT_FOUND', { namespace });
}
