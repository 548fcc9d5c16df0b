/** What every part of this platform works with. */
import type { TargetConfig } from '../../config/schema.js';
import type { PlatformSettings } from '../port.js';
import type { Client } from './client.js';
import { kubernetesFailure } from './failures.js';
import { type Manifest, readManifest } from './manifest.js';

export interface Context {
  readonly client: Client;
  readonly settings: PlatformSettings;
}

/** A target with its namespace and its manifest. */
export interface Site {
  readonly target: TargetConfig;
  readonly namespace: string;
  readonly manifest: Manifest | undefined;
}

/** Reads the target's manifest and settles its namespace. Throws MANIFEST. */
export async function siteOf({ client, settings }: Context, target: TargetConfig): Promise<Site> {
  const { manifest, mistakes } = await readManifest(target, settings.workspace);
  if (mistakes.length) throw kubernetesFailure('MANIFEST', { sentences: mistakes });
  const namespace =
    target.namespace ??
    manifest?.workload.metadata.namespace ??
    settings.namespace ??
    client.server.namespace ??
    'default';
  return { target, namespace, manifest };
}

/** The manifest of a target that has to have one. Throws MANIFEST. */
export function requireManifest({ target, manifest }: Site): Manifest {
  if (manifest) return manifest;
  throw kubernetesFailure('MANIFEST', {
    sentences: [`targets.${target.name}.manifest is missing, and a deployment needs it.`],
  });
}
