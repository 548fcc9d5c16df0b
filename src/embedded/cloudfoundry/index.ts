import { EmbeddedCloudFoundry, type EmbeddedCloudFoundryOptions } from './platform.js';

export type { Instance } from '../dataplane/index.js';
export type { AddedFault, Fault, FaultAnswer, FaultMatch } from '../serving/faults.js';
export type { Interception } from '../serving/interception.js';
export type { LoggedRequest } from '../serving/request-log.js';
export type { Behaviour } from './behaviour.js';
export type { AppInstance } from './instance.js';
export type { App, Droplet } from './model.js';
export { EmbeddedCloudFoundry, type EmbeddedCloudFoundryOptions } from './platform.js';
export type { Seed, SeededApp } from './seed.js';
export type { Timing } from './timing.js';

/** Starts a Cloud Foundry in this process. */
export function startEmbeddedCloudFoundry(options?: EmbeddedCloudFoundryOptions): Promise<EmbeddedCloudFoundry> {
  return EmbeddedCloudFoundry.start(options);
}
