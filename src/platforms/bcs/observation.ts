/** What exists for a target: the services of its routes and the deployments of its two slots. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot, Snapshot } from '../../release/model.js';
import { type Context, namespaceOf, readingOf } from './context.js';
import type { Reading } from './definition.js';
import { bcsFailure } from './failures.js';
import { type Labels, type Service, selects, VERSION_LABEL } from './objects.js';
import { isReady, readService, readSlot, type SlotObjects } from './reads.js';
import { routeState, serviceOf } from './routes.js';

export interface ObservedRoute {
  readonly route: string;
  readonly service: Service;
  /** Declared slots that get traffic by it; more than one is mixed traffic. */
  readonly selected: readonly Slot[];
}

export interface Observation {
  readonly target: TargetConfig;
  /** Its id, which commands for people name. */
  readonly cluster: string;
  readonly namespace: string;
  readonly reading: Reading;
  readonly routes: readonly ObservedRoute[];
  readonly slots: readonly SlotObjects[];
}

/** One request for each service, and three for each slot. Throws SERVICE_NOT_FOUND, or what BCS says. */
export async function observe(context: Context, target: TargetConfig, signal: AbortSignal): Promise<Observation> {
  const { client } = context;
  const reading = await readingOf(context, target);
  const namespace = namespaceOf(context, target, reading);
  const names = target.routes.map(route => ({ route, name: requireService(route) }));
  const [services, slots] = await Promise.all([
    Promise.all(names.map(({ name }) => readService(client, namespace, name, signal))),
    Promise.all([target.slots.blue, target.slots.green].map(slot => readSlot(client, namespace, slot, signal))),
  ]);
  const routes = names.map(({ route, name }, index) => {
    const service = services[index];
    if (!service) throw bcsFailure('SERVICE_NOT_FOUND', { service: name, namespace });
    return { route, service, selected: selectedBy(service, slots) };
  });
  return { target, cluster: context.section.cluster, namespace, reading, routes, slots };
}

/** Throws BCS_SETTINGS for a route that BCS does not have. */
export function requireService(route: string): string {
  const name = serviceOf(route);
  if (name) return name;
  throw bcsFailure('BCS_SETTINGS', { reason: `the route ${route} is not of the form service/NAME` });
}

function selectedBy({ spec }: Service, slots: readonly SlotObjects[]): readonly Slot[] {
  return slots.filter(slot => slot.deployment && selects(spec.selector, labelsOfSlot(slot))).map(({ slot }) => slot);
}

export function labelsOfSlot({ deployment }: SlotObjects): Labels {
  return deployment?.metadata.labels ?? {};
}

export function versionOf(slot: SlotObjects): string | undefined {
  return labelsOfSlot(slot)[VERSION_LABEL];
}

/** Whether a slot is there and stays, of that version; undefined: of any. */
export function isDeployed(slot: SlotObjects, version: string | undefined): boolean {
  const isThere = slot.deployment !== undefined && slot.deployment.status !== 'Deleting';
  return isThere && (version === undefined || versionOf(slot) === version);
}

export function snapshotOf({ target, namespace, routes, slots }: Observation): Snapshot {
  const live = liveSlot(routes);
  const size = slots.find(({ slot }) => slot === live)?.application?.instance ?? 1;
  return {
    target: target.name,
    slots: slots.map(found => ({
      slot: found.slot,
      exists: isDeployed(found, undefined),
      size: found.application?.instance ?? 0,
      ready: found.taskgroups.filter(isReady).length,
      version: versionOf(found),
    })),
    routing: {
      routes: routes.map(({ route, service, selected }) =>
        routeState(route, {
          kind: 'bcs-service',
          namespace,
          service: service.metadata.name,
          selector: service.spec.selector ?? {},
          slots: selected,
          size: Math.max(1, size),
          demand: 'restore',
        }),
      ),
    },
    live,
  };
}

/** The one slot that all routes select. */
function liveSlot(routes: readonly ObservedRoute[]): Slot | undefined {
  const live = new Set(routes.flatMap(({ selected }) => selected));
  const [only] = live;
  return live.size === 1 && routes.every(({ selected }) => selected.length === 1) ? only : undefined;
}
