import type { Pod } from '../objects.js';
import { isTerminating } from '../objects.js';
import type { Change } from '../store.js';
import { type ControlContext, pods } from './context.js';
import { type Controller, keyOf } from './loop.js';
import { PodRunner } from './pod-runner.js';

/** Pods: starts a program for each, ends it when the pod is deleted. */
export class Kubelet implements Controller {
  readonly #context: ControlContext;
  readonly #runners = new Map<string, { readonly uid: string; readonly runner: PodRunner }>();

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object, type, previous }: Change): readonly string[] {
    if (resource !== pods) return [];
    const matters =
      type !== 'MODIFIED' || isTerminating(object) !== (previous !== undefined && isTerminating(previous));
    return matters ? [keyOf(object)] : [];
  }

  reconcile(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const pod = this.#context.store.get(pods, namespace, name) as Pod | undefined;
    const known = this.#runners.get(key);
    if (known !== undefined && known.uid !== pod?.metadata.uid) {
      known.runner.kill();
      this.#runners.delete(key);
    }
    if (pod === undefined) return;
    const runner = this.#runners.get(key)?.runner ?? this.#adopt(key, pod);
    if (isTerminating(pod)) runner.terminate(pod.metadata.deletionGracePeriodSeconds ?? 0);
  }

  /** What a pod's program has written. */
  runner(pod: Pod): PodRunner | undefined {
    const known = this.#runners.get(keyOf(pod));
    return known?.uid === pod.metadata.uid ? known?.runner : undefined;
  }

  #adopt(key: string, pod: Pod): PodRunner {
    const runner = new PodRunner(this.#context, pod);
    this.#runners.set(key, { uid: pod.metadata.uid ?? '', runner });
    if (!isTerminating(pod)) runner.start();
    return runner;
  }
}
