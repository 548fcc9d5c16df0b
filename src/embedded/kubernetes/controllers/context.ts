import type { DataPlane } from '../../dataplane/index.js';
import type { Timers } from '../../serving/timers.js';
import type { PodBehaviour } from '../behaviour.js';
import type { Pod } from '../objects.js';
import type { Registry } from '../registry.js';
import { resourceNamed } from '../resources.js';
import type { Store } from '../store.js';
import type { Timing } from '../timing.js';
import type { EventRecorder } from './events.js';
import type { Network } from './network.js';

/** What the controllers work with. */
export interface ControlContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly timers: Timers;
  readonly timing: Timing;
  readonly dataPlane: DataPlane;
  readonly network: Network;
  readonly events: EventRecorder;
  readonly behaviour: (pod: Pod) => PodBehaviour;
  readonly now: () => number;
  /** Counts work that timers do not show (a server that is starting) as unsettled; keeps its failure. */
  readonly track: (work: Promise<unknown>) => void;
}

export const pods = resourceNamed('pods');
export const services = resourceNamed('services');
export const deployments = resourceNamed('deployments');
export const replicaSets = resourceNamed('replicasets');
export const statefulSets = resourceNamed('statefulsets');
export const endpointSlices = resourceNamed('endpointslices');
export const endpointsResource = resourceNamed('endpoints');
export const eventsResource = resourceNamed('events');
export const namespaces = resourceNamed('namespaces');
export const nodes = resourceNamed('nodes');
