import { setTimeout as pause } from 'node:timers/promises';
import type { ApiObject } from '../../contract/kubernetes/api.js';
import type { KubernetesStage } from '../../contract/kubernetes/stage.js';

/** Gateways look at their routes that often here, so they say what they think of one some time after it was written. */
const LOOK_MS = 300;

/** The generations of the HTTPRoute `shop` that a gateway has accepted, in order. It moves no traffic. */
export class GatewayController implements AsyncDisposable {
  readonly accepted: number[] = [];
  readonly #stage: KubernetesStage;
  readonly #stop = new AbortController();
  readonly #working: Promise<void>;

  constructor(stage: KubernetesStage) {
    this.#stage = stage;
    this.#working = this.#work();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const route = await this.#stage.get('httproutes/shop');
      const generation = Number(route?.metadata.generation ?? 0);
      if (route && this.accepted.at(-1) !== generation) {
        await this.#accept(route, generation);
        this.accepted.push(generation);
      }
      await pause(LOOK_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #accept({ spec }: ApiObject, observedGeneration: number): Promise<void> {
    const lastTransitionTime = new Date().toISOString();
    const conditions = ['Accepted', 'ResolvedRefs'].map(type => {
      return { type, status: 'True', reason: type, message: '', observedGeneration, lastTransitionTime };
    });
    const parents = [{ parentRef: spec.parentRefs[0], controllerName: 'cutover.test/gateway', conditions }];
    await this.#stage.api.merge(`${this.#stage.path('httproutes/shop')}/status`, { status: { parents } });
  }
}
