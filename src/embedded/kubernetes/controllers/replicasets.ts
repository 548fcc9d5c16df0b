import { deleteObject } from '../deletion.js';
import {
  type Condition,
  controllerOf,
  controllerReference,
  isTerminating,
  type Pod,
  type Workload,
  withMetadata,
} from '../objects.js';
import { selectorMatcher } from '../selectors.js';
import { ApiError } from '../status.js';
import type { Change } from '../store.js';
import {
  availableAt,
  findCondition,
  isActive,
  isReady,
  nonZero,
  setCondition,
  withoutCondition,
} from './conditions.js';
import { type ControlContext, pods, replicaSets } from './context.js';
import { type Controller, keyOf } from './loop.js';
import { podFrom } from './pod-template.js';

/** How soon a ReplicaSet tries again to create a pod that was refused. */
const retryMs = 500;

/** ReplicaSets: as many active pods as the spec asks for. */
export class ReplicaSetController implements Controller {
  readonly #context: ControlContext;
  readonly #again: (key: string) => void;
  readonly #retries = new Map<string, () => void>();

  constructor(context: ControlContext, again: (key: string) => void) {
    this.#context = context;
    this.#again = again;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === replicaSets) return [keyOf(object)];
    if (resource !== pods) return [];
    const owner = controllerOf(object);
    if (owner !== undefined) return owner.kind === 'ReplicaSet' ? [`${object.metadata.namespace}/${owner.name}`] : [];
    return (this.#context.store.list(replicaSets, object.metadata.namespace) as Workload[])
      .filter(set => selectorMatcher(set.spec.selector)(object.metadata.labels ?? {}))
      .map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const set = this.#context.store.get(replicaSets, namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const active = this.#owned(set).filter(isActive);
    const missing = (set.spec.replicas ?? 0) - active.length;
    const failure = isTerminating(set) ? undefined : this.#resize(set, active, missing);
    this.#writeStatus(set, failure);
  }

  /** @returns why a pod could not be created */
  #resize(set: Workload, active: readonly Pod[], missing: number): ApiError | undefined {
    const { events, registry } = this.#context;
    for (const pod of missing < 0 ? [...active].sort(leastWorth).slice(0, -missing) : []) {
      deleteObject(registry, pods, pod);
      events.record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, 'replicaset-controller');
    }
    for (let count = 0; count < missing; count += 1) {
      try {
        const pod = registry.create(pods, set.metadata.namespace ?? '', podFrom(set));
        events.record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, 'replicaset-controller');
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const message = `Error creating: ${error.message}`;
        if (!hasFailed(set)) events.record(set, 'Warning', 'FailedCreate', message, 'replicaset-controller');
        this.#retryLater(keyOf(set));
        return error;
      }
    }
    return undefined;
  }

  #retryLater(key: string): void {
    this.#retries.get(key)?.();
    const cancel = this.#context.timers.after(retryMs, () => this.#again(key), false);
    this.#retries.set(key, cancel);
  }

  #writeStatus(set: Workload, failure: ApiError | undefined): void {
    const { now, registry } = this.#context;
    const active = this.#owned(set).filter(isActive);
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const available = active.filter(pod => this.#isAvailable(set, pod, minReadySeconds)).length;
    const ready = active.filter(isReady).length;
    const conditions = conditionsOf(set, failure, now());
    registry.amend(replicaSets, set, current => ({
      ...current,
      status: {
        replicas: active.length,
        ...nonZero({ fullyLabeledReplicas: active.length, readyReplicas: ready, availableReplicas: available }),
        observedGeneration: current.metadata.generation ?? 1,
        ...(conditions.length === 0 ? {} : { conditions }),
      },
    }));
  }

  #isAvailable(set: Workload, pod: Pod, minReadySeconds: number): boolean {
    const at = availableAt(pod, minReadySeconds);
    if (at === undefined) return false;
    const wait = at - this.#context.now();
    if (wait > 0) this.#context.timers.after(wait, () => this.#again(keyOf(set)));
    return wait <= 0;
  }

  /** The pods of a ReplicaSet; those that match and belong to nobody are adopted. */
  #owned(set: Workload): Pod[] {
    const { registry, store } = this.#context;
    const matches = selectorMatcher(set.spec.selector);
    return (store.list(pods, set.metadata.namespace) as Pod[]).flatMap(pod => {
      const owner = controllerOf(pod);
      if (owner !== undefined) return owner.uid === set.metadata.uid ? [pod] : [];
      if (isTerminating(set) || !isActive(pod) || !matches(pod.metadata.labels ?? {})) return [];
      const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(set)];
      const adopted = registry.amend(pods, pod, current => withMetadata(current, { ownerReferences }));
      return adopted === undefined ? [] : [adopted];
    });
  }
}

function hasFailed(set: Workload): boolean {
  return findCondition(set.status?.conditions, 'ReplicaFailure') !== undefined;
}

/** A failure that goes on keeps its first message: the next one would only name another pod. */
function conditionsOf(set: Workload, failure: ApiError | undefined, now: number): readonly Condition[] {
  const before = set.status?.conditions;
  if (failure === undefined) return withoutCondition(before, 'ReplicaFailure');
  if (before !== undefined && hasFailed(set)) return before;
  return setCondition(
    before,
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure.message },
    now,
  );
}

/** Which pod goes first: one that is not running, one that is not ready, the youngest. */
function leastWorth(a: Pod, b: Pod): number {
  const worth = (pod: Pod) => (isReady(pod) ? 2 : 0) + (pod.status?.phase === 'Running' ? 1 : 0);
  return worth(a) - worth(b) || Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion);
}
