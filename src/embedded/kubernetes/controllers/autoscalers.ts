import type { KubernetesObject, Workload } from '../objects.js';
import { type Resource, resourceNamed } from '../resources.js';
import type { Change } from '../store.js';
import { type ControlContext, deployments, statefulSets } from './context.js';
import { type Controller, keyOf } from './loop.js';

const autoscalers = resourceNamed('horizontalpodautoscalers');
const scalable: readonly Resource[] = [deployments, statefulSets];

interface Autoscaler extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

/** HorizontalPodAutoscalers: they see no metrics, and so do only what those do too: keep the size within the bounds. */
export class AutoscalerController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === autoscalers) return [keyOf(object)];
    if (!scalable.includes(resource)) return [];
    return (this.#context.store.list(autoscalers, object.metadata.namespace) as Autoscaler[])
      .filter(
        ({ spec }) => spec.scaleTargetRef.kind === object.kind && spec.scaleTargetRef.name === object.metadata.name,
      )
      .map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const { registry, store } = this.#context;
    const autoscaler = store.get(autoscalers, namespace, name) as Autoscaler | undefined;
    if (autoscaler === undefined) return;
    const { maxReplicas, minReplicas = 1, scaleTargetRef } = autoscaler.spec;
    const resource = scalable.find(({ kind }) => kind === scaleTargetRef.kind);
    const target = resource && (store.get(resource, namespace, scaleTargetRef.name) as Workload | undefined);
    const size = target?.spec.replicas ?? 0;
    // A size of zero switches an autoscaler off.
    const desired = size === 0 ? 0 : Math.min(Math.max(size, minReplicas), maxReplicas);
    if (resource !== undefined && target !== undefined && desired !== size) {
      registry.amend(resource, target, current => ({ ...current, spec: { ...current.spec, replicas: desired } }));
    }
    const status = { currentReplicas: target?.status?.replicas ?? 0, desiredReplicas: desired };
    registry.amend(autoscalers, autoscaler, current => ({ ...current, status }));
  }
}
