/**
 * Services that send traffic to pods of a target and are none of its routes. No switch moves them: where one selects both
 * slots, green gets live traffic before any switch, and where one selects blue alone, it loses its pods with blue.
 */
import type { TargetConfig } from '../../config/schema.js';
import type { Client } from './client.js';
import { hasCode } from './failures.js';
import { MANAGED_LABEL, matches, SLOT_LABEL } from './labels.js';
import type { Labels, Service, Workload } from './objects.js';
import { SERVICES } from './resources.js';
import { backendRoutes, routeName, serviceNames } from './routes.js';

/** What tells the Services that a target speaks of from those that it does not. */
interface Spoken {
  readonly target: TargetConfig;
  /** Services that the target's routes name, by whatever share. */
  readonly behind: ReadonlySet<string>;
  /** Those of the target: of a StatefulSet the governing Service is known too. */
  readonly workloads: readonly Workload[];
}

/** Of these Services those that the target does not speak of and that select pods with one of these sets of labels. */
export function unnamedServices(
  services: readonly Service[],
  spoken: Spoken,
  labelSets: readonly (Labels | undefined)[],
): readonly Service[] {
  return services.filter(
    service =>
      service.spec.type !== 'ExternalName' &&
      !isSpokenOf(service, spoken) &&
      labelSets.some(labels => matches(service.spec.selector, labels)),
  );
}

function isSpokenOf({ metadata, spec }: Service, { target, behind, workloads }: Spoken): boolean {
  const { name, labels = {} } = metadata;
  const slots: readonly string[] = Object.values(target.slots);
  if (serviceNames(target).includes(name) || behind.has(name)) return true;
  if (target.unswitched.some(route => routeName(route).name === name)) return true;
  // Routes that name Services have one for each slot, whether or not they name it just now.
  if (backendRoutes(target).length > 0 && slots.includes(name)) return true;
  // A slot's own, which comes and goes with it.
  if (labels[MANAGED_LABEL] === 'true' && slots.includes(labels[SLOT_LABEL] ?? '')) return true;
  return spec.clusterIP === 'None' && workloads.some(one => one.spec.serviceName === name);
}

/** All of a namespace; undefined where these credentials may not list them. */
export async function listServices(
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Service[] | undefined> {
  try {
    return (await client.list<Service>(SERVICES, namespace, {}, signal))?.items;
  } catch (error) {
    if (hasCode(error, 'FORBIDDEN')) return undefined;
    throw error;
  }
}
