import { deleteObject } from '../deletion.js';
import { contentHash } from '../names.js';
import { controllerOf, isTerminating, type Pod, type Workload } from '../objects.js';
import { ApiError } from '../status.js';
import type { Change } from '../store.js';
import { availableAt, isActive, isReady, nonZero } from './conditions.js';
import { type ControlContext, pods, statefulSets } from './context.js';
import { type Controller, keyOf } from './loop.js';
import { podFrom } from './pod-template.js';

const revisionLabel = 'controller-revision-hash';
const retryMs = 500;

/** StatefulSets in a simple form: numbered pods, one step at a time, the newest template from the highest number down. */
export class StatefulSetController implements Controller {
  readonly #context: ControlContext;
  readonly #again: (key: string) => void;

  constructor(context: ControlContext, again: (key: string) => void) {
    this.#context = context;
    this.#again = again;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === statefulSets) return [keyOf(object)];
    const owner = controllerOf(object);
    return resource === pods && owner?.kind === 'StatefulSet' ? [`${object.metadata.namespace}/${owner.name}`] : [];
  }

  reconcile(namespace: string, name: string): void {
    const set = this.#context.store.get(statefulSets, namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const revision = `${name}-${contentHash(set.spec.template)}`;
    if (!isTerminating(set)) this.#step(set, revision);
    this.#writeStatus(set, revision);
  }

  #step(set: Workload, revision: string): void {
    const wanted = set.spec.replicas ?? 1;
    const owned = this.#owned(set);
    const parallel = set.spec.podManagementPolicy === 'Parallel';
    const surplus = owned.filter(pod => ordinal(pod) >= wanted);
    const highest = surplus.at(-1);
    if (highest !== undefined) {
      for (const pod of parallel ? surplus : [highest]) this.#delete(pod);
      return;
    }
    for (let index = 0; index < wanted; index += 1) {
      const pod = owned.find(entry => ordinal(entry) === index);
      if (pod === undefined && !this.#create(set, index, revision)) return;
      if ((pod === undefined || !isReady(pod)) && !parallel) return;
    }
    const outdated = owned.findLast(pod => pod.metadata.labels?.[revisionLabel] !== revision);
    const strategy = set.spec.updateStrategy as { type?: string } | undefined;
    if (outdated !== undefined && strategy?.type !== 'OnDelete' && owned.every(pod => isReady(pod) && isActive(pod))) {
      this.#delete(outdated);
    }
  }

  #create(set: Workload, index: number, revision: string): boolean {
    const { events, registry, timers } = this.#context;
    const name = `${set.metadata.name}-${index}`;
    const labels = {
      [revisionLabel]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(index),
    };
    try {
      registry.create(pods, set.metadata.namespace ?? '', podFrom(set, name, labels));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const message = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
      events.record(set, 'Warning', 'FailedCreate', message, 'statefulset-controller');
      timers.after(retryMs, () => this.#again(keyOf(set)), false);
      return false;
    }
  }

  #delete(pod: Pod): void {
    if (!isTerminating(pod)) deleteObject(this.#context.registry, pods, pod);
  }

  #writeStatus(set: Workload, revision: string): void {
    const owned = this.#owned(set);
    const updated = owned.filter(pod => pod.metadata.labels?.[revisionLabel] === revision).length;
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const available = owned.filter(
      pod => (availableAt(pod, minReadySeconds) ?? Number.POSITIVE_INFINITY) <= this.#context.now(),
    );
    this.#context.registry.amend(statefulSets, set, current => {
      const before = current.status?.currentRevision as string | undefined;
      const done = updated === owned.length;
      return {
        ...current,
        status: {
          observedGeneration: current.metadata.generation ?? 1,
          replicas: owned.length,
          ...nonZero({ readyReplicas: owned.filter(isReady).length, updatedReplicas: updated }),
          availableReplicas: available.length,
          ...nonZero({ currentReplicas: done ? updated : owned.length - updated }),
          currentRevision: done ? revision : (before ?? revision),
          updateRevision: revision,
          collisionCount: 0,
        },
      };
    });
  }

  /** In order of their numbers. */
  #owned(set: Workload): Pod[] {
    return (this.#context.store.list(pods, set.metadata.namespace) as Pod[])
      .filter(pod => controllerOf(pod)?.uid === set.metadata.uid)
      .sort((a, b) => ordinal(a) - ordinal(b));
  }
}

function ordinal(pod: Pod): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
}
