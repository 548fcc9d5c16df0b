/** Subsets of Services, as Istio's DestinationRules define them. */
import type { Client } from '../client.js';
import type { KubernetesObject, Labels } from '../objects.js';
import { SUBSETS, serviceOfHost } from './virtual-services.js';

interface DestinationRule extends KubernetesObject {
  readonly spec?: {
    readonly host?: string;
    readonly subsets?: readonly { readonly name?: string; readonly labels?: Labels }[];
  };
}

export interface Subsets {
  /** Undefined when no DestinationRule of the namespace defines it. */
  labelsOf(service: string, subset: string): Labels | undefined;
}

/** One request; of the newest version that the server has. */
export async function readSubsets(client: Client, namespace: string, signal: AbortSignal): Promise<Subsets> {
  const rules: DestinationRule[] = [];
  for (const resource of SUBSETS) {
    const list = await client.list<DestinationRule>(resource, namespace, {}, signal);
    if (!list) continue;
    rules.push(...list.items);
    break;
  }
  return {
    labelsOf: (service, subset) =>
      rules
        .filter(({ spec }) => serviceOfHost(spec?.host ?? '', namespace) === service)
        .flatMap(({ spec }) => spec?.subsets ?? [])
        .find(({ name }) => name === subset)?.labels,
  };
}
