/** What every part of this platform works with. */
import type { MarathonConfig } from '../../config/marathon-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import type { PlatformSettings } from '../port.js';
import type { Client } from './client.js';
import { readDefinition } from './definition.js';
import type { Listener } from './events.js';
import { marathonFailure } from './failures.js';
import type { Definition } from './objects.js';

export interface Context {
  readonly client: Client;
  readonly settings: PlatformSettings;
  readonly section: MarathonConfig;
  /** Tells of Marathon's events, so that a wait ends sooner. */
  readonly events: Listener;
  /** Sends a request to an instance or a load balancer, without our credentials. */
  readonly ask: (request: Omit<HttpRequest, 'method'>) => Promise<HttpAnswer>;
}

/** The target's app definition, if it has one. Throws MANIFEST. */
export async function definitionOf({ settings }: Context, target: TargetConfig): Promise<Definition | undefined> {
  const { definition, mistakes } = await readDefinition(target, settings.workspace);
  if (mistakes.length) throw marathonFailure('MANIFEST', { sentences: mistakes });
  return definition;
}
