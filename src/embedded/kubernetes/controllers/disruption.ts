import type { KubernetesObject, LabelSelector, Pod } from '../objects.js';
import { resourceNamed } from '../resources.js';
import { selectorMatcher } from '../selectors.js';
import type { Change } from '../store.js';
import { isActive, isReady } from './conditions.js';
import { type ControlContext, pods } from './context.js';
import { type Controller, keyOf } from './loop.js';

const budgets = resourceNamed('poddisruptionbudgets');

interface Budget extends KubernetesObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
}

/** PodDisruptionBudgets: how many of the selected pods may go. */
export class DisruptionController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === budgets) return [keyOf(object)];
    if (resource !== pods) return [];
    return (this.#context.store.list(budgets, object.metadata.namespace) as Budget[])
      .filter(({ spec }) => selectorMatcher(spec.selector)(object.metadata.labels ?? {}))
      .map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const { registry, store } = this.#context;
    const budget = store.get(budgets, namespace, name) as Budget | undefined;
    if (budget === undefined) return;
    const matches = selectorMatcher(budget.spec.selector);
    const selected = (store.list(pods, namespace) as Pod[]).filter(
      pod => isActive(pod) && matches(pod.metadata.labels ?? {}),
    );
    const expectedPods = selected.length;
    const currentHealthy = selected.filter(isReady).length;
    const desiredHealthy = desired(budget, expectedPods);
    const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
    const observedGeneration = budget.metadata.generation ?? 1;
    const status = { observedGeneration, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods };
    registry.amend(budgets, budget, current => ({ ...current, status }));
  }
}

function desired({ spec }: Budget, expected: number): number {
  if (spec.maxUnavailable !== undefined) return Math.max(0, expected - count(spec.maxUnavailable, expected));
  return spec.minAvailable === undefined ? 0 : count(spec.minAvailable, expected);
}

function count(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * of);
}
