import { EmbeddedKubernetes, type EmbeddedKubernetesOptions } from './platform.js';

export type { Answer, Identity, Instance, Router } from '../dataplane/index.js';
export type { AddedFault, Fault, FaultAnswer, FaultMatch } from '../serving/faults.js';
export type { Interception } from '../serving/interception.js';
export type { LoggedRequest } from '../serving/request-log.js';
export type { Rule, User } from './auth.js';
export { annotatedBehaviour, type PodBehaviour } from './behaviour.js';
export type { KubernetesObject, Pod } from './objects.js';
export type { EmbeddedKubernetes, EmbeddedKubernetesOptions, SettledOptions } from './platform.js';
export type { RoutedPod, RoutingMoment } from './routing-history.js';
export { defaultTiming, type Timing } from './timing.js';

/** Starts a Kubernetes in this process; it serves until it is closed (or disposed of by `await using`). */
export function startEmbeddedKubernetes(options: EmbeddedKubernetesOptions = {}): Promise<EmbeddedKubernetes> {
  return EmbeddedKubernetes.start(options);
}
