import { EmbeddedBcs, type EmbeddedBcsOptions } from './platform.js';

export type { Instance } from '../dataplane/index.js';
export type { AddedFault, Fault, FaultAnswer, FaultMatch } from '../serving/faults.js';
export type { Interception } from '../serving/interception.js';
export type { LoggedRequest } from '../serving/request-log.js';
export type { Behaviour } from './behaviour.js';
export type { DeploymentDefinition, ServiceDefinition } from './definition.js';
export type { ExportBehaviour } from './exports.js';
export { EmbeddedBcs, type EmbeddedBcsOptions } from './platform.js';
export type { Timing } from './timing.js';

/** Starts a BCS in this process. */
export function startEmbeddedBcs(options?: EmbeddedBcsOptions): Promise<EmbeddedBcs> {
  return EmbeddedBcs.start(options);
}
