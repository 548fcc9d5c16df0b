import { EmbeddedBcs, type EmbeddedBcsOptions } from './platform.js';

export type { AddedFault, Fault, FaultAnswer, FaultMatch } from '../kubernetes/faults.js';
export type { Interception } from '../kubernetes/interception.js';
export type { LoggedRequest } from '../kubernetes/request-log.js';
export type { Behaviour } from './behaviour.js';
export type { DeploymentDefinition, ServiceDefinition } from './definition.js';
export type { ExportBehaviour } from './exports.js';
export { EmbeddedBcs, type EmbeddedBcsOptions } from './platform.js';
export type { Timing } from './timing.js';

/** Starts a BCS in this process. */
export function startEmbeddedBcs(options?: EmbeddedBcsOptions): Promise<EmbeddedBcs> {
  return EmbeddedBcs.start(options);
}
