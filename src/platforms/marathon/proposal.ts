/** What green and the routing would become, computed from an observation. Pure. */
import type { Change, Routing, Slot, Stage } from '../../release/model.js';
import { madeFrom } from '../made-from.js';
import type { Proposal, Roles } from '../port.js';
import { appId, versionOf } from './apps.js';
import { appOf, definedSize, isMadeFrom } from './definition.js';
import { marathonFailure } from './failures.js';
import type { App, AppDefinition } from './objects.js';
import type { Observation, ObservedRoute } from './observation.js';
import { describeServices, joined, names, renamed, type Services, shareBy, weightsFor, withWeight } from './pools.js';
import { restoreCommand, routeState } from './routes.js';

/** Everything that green and the routes become. `previous` is the routing of the snapshot that the roles came from. */
export function propose(observation: Observation, previous: Routing, roles: Roles): Proposal {
  const size = sizeOf(observation, roles);
  const ways = observation.routes.map(route => wayOf(observation, route, roles, size));
  const routingAt = (at: number): Routing => ({
    routes: observation.routes.map((route, index) => routeAt(route, ways[index] ?? [], at, roles, size)),
  });
  const steps = Math.max(...ways.map(way => way.length), 1) - 1;
  const stages: readonly Stage[] = Array.from({ length: steps }, (_, at) => ({
    routing: routingAt(at),
    share: roles.way === 'steps' ? roles.shares[at] : undefined,
  }));
  const next = routingAt(steps);
  return {
    size,
    next,
    adopted: undefined,
    stages,
    changes: [
      ...deployChanges(observation, roles, roles.batch ?? size),
      ...previewChanges(observation, roles),
      ...exchangeChanges(roles, size),
      ...routeChanges([previous, ...stages.map(({ routing }) => routing), next]),
      ...teardownChanges(observation, roles),
    ],
    rollbackCommand: roles.blue === undefined ? undefined : restoreCommand(previous),
    definition: madeFrom(observation.definition, observation.target),
  };
}

/** The private backend that green is checked by, and that is without it again before users get it. */
function previewChanges({ target }: Observation, { green, version }: Roles): readonly Change[] {
  const preview = target.marathon?.preview;
  if (!preview || version === undefined) return [];
  return [{ verb: 'route', object: preview.route, detail: `${green} beside what is there, while it is checked` }];
}

/** What is looked at of a target's apps, whatever router is before them. */
type Apps = Pick<Observation, 'apps' | 'definition'>;

export function sizeOf({ definition, apps }: Apps, { size, green }: Roles): number {
  if (size !== undefined && size > 0) return size;
  return Math.max(1, definition ? definedSize(definition) : (apps.get(green)?.instances ?? 1));
}

/** All that a backend's services become, in order: the stages, and green alone at the end. */
function wayOf(
  { apps, target }: Observation,
  { found }: ObservedRoute,
  roles: Roles,
  size: number,
): readonly Services[] {
  const { green, way, shares } = roles;
  const blue = roles.blue ?? (green === target.slots.green ? target.slots.blue : target.slots.green);
  const all = found.services ?? [];
  // A pool may name green before there ever was a release: then it has no blue that green could take the place of.
  if (!all.some(service => names(service, blue))) return [all];
  const services = all.filter(service => !names(service, green));
  const next = renamed(services, blue, green);
  if (roles.blue === undefined || way === 'atomic') return [next];
  const both = joined(services, blue, green);
  if (way === 'overlap') return [both, next];
  const sizes = { blue: Math.max(1, apps.get(blue)?.instances ?? size), green: Math.max(1, size) };
  return [...shares.map(share => weighted(both, blue, green, weightsFor(share, sizes))), next];
}

function weighted(
  services: Services,
  blue: Slot,
  green: Slot,
  weights: { readonly blue: number; readonly green: number },
): Services {
  return services.map(service => {
    if (names(service, green)) return withWeight(service, weights.green);
    return names(service, blue) ? withWeight(service, weights.blue) : service;
  });
}

function routeAt(
  { route, pool, backend }: ObservedRoute,
  way: readonly Services[],
  at: number,
  { green: slot, blue, batch }: Roles,
  size: number,
) {
  const services = way[at] ?? [];
  const exchange = batch === undefined || blue === undefined ? {} : { exchange: [blue, slot] };
  return routeState(route, { kind: 'pool', pool, backend, services, slot, size, demand: 'full', way, at, ...exchange });
}

export function deployChanges({ apps, definition }: Apps, roles: Roles, size: number): readonly Change[] {
  const existing = apps.get(roles.green);
  if (!definition || roles.version === undefined) return existing ? sizeChange(existing, size) : [];
  const wanted = appOf(definition, roles.green, roles.version, size);
  if (!existing) return [{ verb: 'create', object: titleOf(wanted.id), detail: detailOf(undefined, wanted) }];
  if (isMadeFrom(existing, wanted) || isGoneBackTo(existing, wanted)) return sizeChange(existing, size);
  return [{ verb: 'update', object: titleOf(wanted.id), detail: detailOf(existing, wanted) }];
}

/** The slot that a rollback leads to is of its own version already: what the definition says now is another build. */
function isGoneBackTo(existing: App, wanted: AppDefinition): boolean {
  const images = [existing, wanted].map(({ container }) => container?.docker?.image);
  return versionOf(existing) === versionOf(wanted as App) && images[0] !== images[1];
}

/** Said in one line: how many turns it takes is seen on the way. */
export function exchangeChanges({ blue, green, batch }: Roles, size: number): readonly Change[] {
  if (batch === undefined || blue === undefined || batch >= size) return [];
  const detail = `instances ${batch} -> ${size}, ${batch} at a time, each time after as many of ${appId(blue)} ended`;
  return [{ verb: 'scale', object: titleOf(appId(green)), detail }];
}

export function titleOf(id: string): string {
  return `app ${id}`;
}

export function sizeChange(existing: App, size: number): readonly Change[] {
  if (existing.instances >= size) return [];
  return [{ verb: 'scale', object: titleOf(existing.id), detail: `instances ${existing.instances} -> ${size}` }];
}

/** Old -> new of what people look for: version, size and image. */
export function detailOf(existing: App | undefined, wanted: AppDefinition): string {
  const parts = [
    difference('version', versionOf(existing), versionOf(wanted as App)),
    difference('instances', existing && String(existing.instances), String(wanted.instances)),
    difference('image', existing?.container?.docker?.image, wanted.container?.docker?.image),
  ];
  return parts.flat().join(', ');
}

function difference(what: string, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === after || after === undefined) return [];
  return [before === undefined ? `${what} ${after}` : `${what} ${before} -> ${after}`];
}

function routeChanges(routings: readonly Routing[]): readonly Change[] {
  return routings.slice(1).flatMap((to, index) =>
    to.routes.flatMap((state, place) => {
      const before = routings[index]?.routes[place]?.text ?? 'nothing';
      if (before === state.text) return [];
      return [{ verb: 'route' as const, object: state.route, detail: `services ${before} -> ${state.text}` }];
    }),
  );
}

export function teardownChanges({ apps }: Pick<Apps, 'apps'>, { blue, teardown }: Roles): readonly Change[] {
  const app = blue === undefined ? undefined : apps.get(blue);
  if (!app || teardown === 'keep') return [];
  if (teardown === 'delete') return [{ verb: 'delete', object: titleOf(app.id), detail: '' }];
  return [{ verb: 'scale', object: titleOf(app.id), detail: `instances ${app.instances} -> 0` }];
}

/** Further from the share that was asked for, and it is not worth its name. */
const TOLERATED_POINTS = 2;

/** Throws STEPS_IMPOSSIBLE where a backend has nothing of blue, or the sizes differ too much for HAProxy's weights. */
export function requireSteps({ target, routes, apps }: Observation, roles: Roles): void {
  const { blue, green, way, shares, size, batch } = roles;
  if ((way === 'atomic' && batch === undefined) || blue === undefined) return;
  const impossible = (reason: string) => marathonFailure('STEPS_IMPOSSIBLE', { target: target.name, reason });
  const shared = routes.find(({ found }) =>
    (found.services ?? []).some(one => !names(one, blue) && !names(one, green)),
  );
  if (batch !== undefined && shared)
    throw impossible(`${shared.route} has services beside the slots, which could not be told apart from instances`);
  const without = routes.find(({ found }) => !(found.services ?? []).some(service => names(service, blue)));
  if (without)
    throw impossible(`${without.route} does not name ${blue}, but ${describeServices(without.found.services ?? [])}`);
  const sizes = { blue: Math.max(1, apps.get(blue)?.instances ?? 1), green: Math.max(1, size ?? 1) };
  const far = shares.find(share => Math.abs(shareBy(weightsFor(share, sizes), sizes) - share) > TOLERATED_POINTS);
  if (far === undefined) return;
  throw impossible(`with ${sizes.blue} of blue and ${sizes.green} of green no weights of HAProxy make ${far} %`);
}
