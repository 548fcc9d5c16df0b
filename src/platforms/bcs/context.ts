/** What every part of the Mesos plan works with. */
import type { BcsConfig } from '../../config/bcs-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import type { PlatformSettings } from '../port.js';
import type { Client } from './client.js';
import { type Reading, readDefinition } from './definition.js';
import { bcsFailure } from './failures.js';

export interface Context {
  readonly client: Client;
  readonly settings: PlatformSettings;
  readonly section: BcsConfig;
  /** Sends a request to an instance, without our credentials. */
  readonly ask: (request: Omit<HttpRequest, 'method'>) => Promise<HttpAnswer>;
}

/** The target's files. Throws MANIFEST. */
export async function readingOf({ settings }: Context, target: TargetConfig): Promise<Reading> {
  const reading = await readDefinition(target, settings.workspace);
  if (reading.mistakes.length > 0) throw bcsFailure('MANIFEST', { sentences: reading.mistakes });
  return reading;
}

/** The namespace of a target: its own, that of its definition, that of the whole configuration, or BCS's own default. */
export function namespaceOf(
  { section, settings }: Pick<Context, 'section' | 'settings'>,
  target?: TargetConfig,
  reading?: Reading,
): string {
  const own = target?.namespace ?? reading?.definition?.metadata.namespace;
  return own ?? settings.namespace ?? section.namespace ?? 'defaultGroup';
}

/** How often storage is asked while something is waited for. */
const LOOK_MS = 1_000;

/** Looks until it is so. */
export async function until(context: Context, isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) await pauseBetween(context, signal);
}

/** Between two looks: a second, or less where storage is quicker than it usually is. */
export function pauseBetween({ client, section }: Context, signal: AbortSignal): Promise<void> {
  return client.clock.sleep(Math.max(20, Math.min(LOOK_MS, section['read-lag'] / 10)), signal);
}
