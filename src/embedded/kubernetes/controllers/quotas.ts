import type { KubernetesObject, Pod } from '../objects.js';
import { type Resource, resourceNamed } from '../resources.js';
import { forbidden } from '../status.js';
import type { Change, Store } from '../store.js';
import type { ControlContext } from './context.js';
import { type Controller, keyOf } from './loop.js';

const quotas = resourceNamed('resourcequotas');
const podsResource = resourceNamed('pods');

type Amounts = Readonly<Record<string, number>>;

interface Quota extends KubernetesObject {
  readonly spec: { readonly hard?: Readonly<Record<string, string | number>> };
}

/** Refuses the pod that would exceed a ResourceQuota of its namespace, with the real server's sentence. */
export function admitWithinQuota(store: Store): (resource: Resource, object: KubernetesObject) => void {
  return (resource, object) => {
    if (resource !== podsResource) return;
    for (const quota of store.list(quotas, object.metadata.namespace) as Quota[]) {
      const used = usage(store, object.metadata.namespace ?? '');
      const requested = usageOf(object as Pod);
      const hard = quota.spec.hard ?? {};
      const over = Object.keys(hard).filter(
        name => (requested[name] ?? 0) > 0 && (used[name] ?? 0) + (requested[name] ?? 0) > parseQuantity(hard[name]),
      );
      if (over.length === 0) continue;
      const list = (value: (name: string) => string | number) => over.map(name => `${name}=${value(name)}`).join(',');
      const requestedText = list(name => formatQuantity(name, requested[name] ?? 0));
      const usedText = list(name => formatQuantity(name, used[name] ?? 0));
      const limited = list(name => hard[name] ?? 0);
      const why = `exceeded quota: ${quota.metadata.name}, requested: ${requestedText}, used: ${usedText}, limited: ${limited}`;
      throw forbidden(resource, object.metadata.name, why);
    }
  };
}

/** ResourceQuotas: how much is used, for those who ask before they create. */
export class QuotaController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === quotas) return [keyOf(object)];
    if (resource !== podsResource) return [];
    return this.#context.store.list(quotas, object.metadata.namespace).map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const { registry, store } = this.#context;
    const quota = store.get(quotas, namespace, name) as Quota | undefined;
    if (quota === undefined) return;
    const used = usage(store, namespace);
    const hard = quota.spec.hard ?? {};
    const counted = Object.fromEntries(Object.keys(hard).map(key => [key, formatQuantity(key, used[key] ?? 0)]));
    registry.amend(quotas, quota, current => ({ ...current, status: { hard, used: counted } }));
  }
}

function usage(store: Store, namespace: string): Amounts {
  const total: Record<string, number> = {};
  for (const pod of store.list(podsResource, namespace) as Pod[]) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    for (const [name, amount] of Object.entries(usageOf(pod))) total[name] = (total[name] ?? 0) + amount;
  }
  return total;
}

function usageOf(pod: Pod): Amounts {
  const sum = (part: 'requests' | 'limits', name: string) =>
    pod.spec.containers.reduce((total, { resources }) => total + parseQuantity(resources?.[part]?.[name]), 0);
  const [cpu, memory] = [sum('requests', 'cpu'), sum('requests', 'memory')];
  return {
    pods: 1,
    'count/pods': 1,
    cpu,
    memory,
    'requests.cpu': cpu,
    'requests.memory': memory,
    'limits.cpu': sum('limits', 'cpu'),
    'limits.memory': sum('limits', 'memory'),
  };
}

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number: `500m`, `1.5`, `64Mi`. */
function parseQuantity(value: string | number | undefined): number {
  const [, amount = '0', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(String(value ?? 0)) ?? [];
  return Number(amount) * (factors[unit] ?? 1);
}

function formatQuantity(name: string, amount: number): string {
  if (name.endsWith('memory') && amount > 0 && amount % 2 ** 20 === 0) return `${amount / 2 ** 20}Mi`;
  return Number.isInteger(amount) ? String(amount) : `${Math.round(amount * 1000)}m`;
}
