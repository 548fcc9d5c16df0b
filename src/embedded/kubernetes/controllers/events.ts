import { randomUUID } from 'node:crypto';
import { type KubernetesObject, timestamp } from '../objects.js';
import type { Registry } from '../registry.js';
import { resourceNamed } from '../resources.js';

const events = resourceNamed('events');

/** Writes the events that a person reads with `kubectl describe`. The same event again only counts up. */
export class EventRecorder {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  record(
    about: KubernetesObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    component: string,
  ): void {
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
    const now = timestamp(this.#registry.now());
    const same = this.#registry.store
      .list(events, namespace)
      .find(
        event =>
          (event.involvedObject as { uid?: string }).uid === uid &&
          event.reason === reason &&
          event.message === message,
      );
    if (same !== undefined) {
      this.#registry.amend(events, same, event => ({ ...event, count: Number(event.count) + 1, lastTimestamp: now }));
      return;
    }
    this.#registry.store.put(events, {
      kind: 'Event',
      apiVersion: 'v1',
      metadata: { name: `${name}.${randomUUID().slice(0, 16)}`, namespace, uid: randomUUID(), creationTimestamp: now },
      involvedObject: { kind: about.kind, namespace, name, uid, apiVersion: about.apiVersion, resourceVersion },
      reason,
      message,
      source: { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: '',
    });
  }
}
