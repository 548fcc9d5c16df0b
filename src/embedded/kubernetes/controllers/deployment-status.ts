import type { Condition, Deployment, Workload } from '../objects.js';
import { findCondition, nonZero, setCondition, withoutCondition } from './conditions.js';
import { type ControlContext, deployments } from './context.js';
import { keyOf } from './loop.js';
import { rolloutBounds } from './rollout.js';

/** When a rollout last got further, and how far. */
interface Progress {
  readonly at: number;
  readonly signature: string;
  readonly cancel: () => void;
}

/** Writes the status of Deployments: counts, and the conditions Available, Progressing and ReplicaFailure. */
export class DeploymentStatus {
  readonly #context: ControlContext;
  readonly #again: (key: string) => void;
  readonly #progress = new Map<string, Progress>();

  constructor(context: ControlContext, again: (key: string) => void) {
    this.#context = context;
    this.#again = again;
  }

  update(deployment: Deployment, sets: readonly Workload[], newest: Workload | undefined): void {
    const current = newest && sets.find(set => set.metadata.uid === newest.metadata.uid);
    const counts = countAll(sets, current);
    const now = this.#context.now();
    const { maxUnavailable } = rolloutBounds(deployment);
    const enough = counts.availableReplicas >= (deployment.spec.replicas ?? 1) - maxUnavailable;
    let conditions = setCondition(deployment.status?.conditions, availability(enough), now, true);
    const progressing = this.#progressing(deployment, counts, current, newest !== undefined && current === undefined);
    if (progressing !== undefined) conditions = setCondition(conditions, progressing, now, true);
    const failure = sets.map(set => findCondition(set.status?.conditions, 'ReplicaFailure')).find(found => found);
    conditions =
      failure === undefined
        ? withoutCondition(conditions, 'ReplicaFailure')
        : setCondition(conditions, failure, now, true);
    const observedGeneration = deployment.metadata.generation ?? 1;
    this.#context.registry.amend(deployments, deployment, object => ({
      ...object,
      status: { observedGeneration, ...nonZero(counts), conditions },
    }));
  }

  #progressing(
    deployment: Deployment,
    counts: Counts,
    newest: Workload | undefined,
    created: boolean,
  ): Condition | undefined {
    if (newest === undefined) return undefined;
    const set = `ReplicaSet "${newest.metadata.name}"`;
    const replicas = deployment.spec.replicas ?? 1;
    const complete =
      counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
    const key = deployment.metadata.uid ?? '';
    if (complete) {
      this.#forget(key);
      return progressing('True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`);
    }
    const before = findCondition(deployment.status?.conditions, 'Progressing');
    const progress = this.#note(deployment, `${newest.metadata.uid} ${Object.values(counts).join(' ')}`);
    const deadline = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
    if (this.#context.now() - progress.at >= deadline && !deployment.spec.paused) {
      return progressing('False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`);
    }
    if (created)
      return progressing('True', 'NewReplicaSetCreated', `Created new replica set "${newest.metadata.name}"`);
    // A Deployment that was complete and loses a pod is not rolling out: the real condition stays as it was.
    const sameTemplate = before?.message?.includes(`"${newest.metadata.name}"`);
    if (before?.reason === 'NewReplicaSetAvailable' && sameTemplate && counts.updatedReplicas === counts.replicas) {
      return before;
    }
    return progressing('True', 'ReplicaSetUpdated', `${set} is progressing.`);
  }

  #note(deployment: Deployment, signature: string): Progress {
    const key = deployment.metadata.uid ?? '';
    const known = this.#progress.get(key);
    if (known?.signature === signature) return known;
    known?.cancel();
    const deadline = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
    const cancel = this.#context.timers.after(deadline, () => this.#again(keyOf(deployment)), false);
    const progress = { at: this.#context.now(), signature, cancel };
    this.#progress.set(key, progress);
    return progress;
  }

  #forget(key: string): void {
    this.#progress.get(key)?.cancel();
    this.#progress.delete(key);
  }
}

type Counts = Record<
  'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'unavailableReplicas',
  number
>;

function countAll(sets: readonly Workload[], newest: Workload | undefined): Counts {
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const available = sum('availableReplicas');
  const wanted = sets.reduce((total, set) => total + (set.spec.replicas ?? 0), 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
  };
}

function availability(enough: boolean): Condition {
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progressing(status: 'True' | 'False', reason: string, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}
