/** What green and the routes would become. Pure. */
import type { Change, Routing, Slot, Stage } from '../../release/model.js';
import { madeFrom } from '../made-from.js';
import type { Proposal, Roles } from '../port.js';
import { namesOf, readyOf, versionOf } from './apps.js';
import type { Definition } from './definition.js';
import { cfFailure } from './failures.js';
import type { Observation } from './observation.js';
import { type RouteDocument, restoreCommand, routeState, slotsText } from './routes.js';
import { type MadeShare, madeShares } from './shares.js';

/**
 * Users are always led to both slots for a while: to take blue away before every router knows green loses requests, and no
 * single write does both at once on the routers. So there is a stage with both, whatever way is asked for; with `steps`
 * one for each share, which differ by the sizes of the slots alone. Throws STEPS_IMPOSSIBLE.
 */
export function propose(observation: Observation, definition: Definition, previous: Routing, roles: Roles): Proposal {
  const { slots, target } = observation;
  const known = slots.find(({ slot }) => slot === roles.green)?.web?.instances;
  const size = Math.max(1, roles.size ?? definition.instances ?? known ?? 1);
  const routing = (wanted: readonly Slot[], more: Partial<RouteDocument> = {}): Routing => ({
    routes: observation.routes.map(({ text, route }) =>
      routeState(text, {
        kind: 'cf-route',
        guid: route.guid,
        url: route.url,
        slots: wanted,
        size,
        demand: 'full',
        later: [],
        ...more,
      }),
    ),
  });
  const { blue, green } = roles;
  const stages = stagesOf(observation, roles, size, routing);
  const next = routing([green]);
  return {
    size,
    next,
    adopted: undefined,
    stages,
    changes: changesOf(observation, definition, roles, size, [previous, ...stages.map(stage => stage.routing), next]),
    rollbackCommand: blue === undefined ? undefined : commandFor(observation, previous, roles, size, stages),
    definition: definition.source && madeFrom([definition.fields, sourceText(definition.source)], target),
  };
}

function stagesOf(
  observation: Observation,
  roles: Roles,
  size: number,
  routing: (wanted: readonly Slot[], more: Partial<RouteDocument>) => Routing,
): readonly Stage[] {
  const { blue, green, shares, way } = roles;
  if (blue === undefined || observation.routes.length === 0) return [];
  const later = [[green]];
  if (way !== 'steps' || shares.length === 0) return [{ routing: routing([blue, green], { later }), share: undefined }];
  return requireShares(observation, blue, shares, size).map(({ asked, share, sizes }) => {
    const ofSlots = { [blue]: sizes.blue, [green]: sizes.green };
    return { routing: routing([blue, green], { later, sizes: ofSlots, asked }), share, sizes };
  });
}

/** Shares count on every instance of blue, and on nobody beside the slots. Throws STEPS_IMPOSSIBLE. */
function requireShares(
  { target, routes, slots }: Observation,
  blue: Slot,
  shares: readonly number[],
  size: number,
): readonly MadeShare[] {
  const impossible = (reason: string) => cfFailure('STEPS_IMPOSSIBLE', { target: target.name, reason });
  const shared = routes.find(({ others }) => others.length > 0);
  if (shared) throw impossible(`${shared.text} leads to apps beside the slots, whose instances take a share, too`);
  const found = slots.find(({ slot }) => slot === blue);
  const ready = found ? readyOf(found) : 0;
  if (ready < size)
    throw impossible(`only ${ready} of ${size} instances of ${blue} are ready, and shares count on each of them`);
  const made = madeShares(shares, size);
  if ('problem' in made) throw impossible(made.problem);
  return made.made;
}

export function titleOf(slot: Slot): string {
  return `app ${slot}`;
}

function changesOf(
  { target, slots }: Observation,
  { source }: Definition,
  roles: Roles,
  size: number,
  way: readonly Routing[],
): readonly Change[] {
  const { blue } = roles;
  const routed = way.slice(1).flatMap((routing, step) =>
    routing.routes.map((state, index): Change => {
      const before = way[step]?.routes[index]?.text ?? slotsText([]);
      return { verb: 'route', object: state.route, detail: `${before} -> ${state.text}` };
    }),
  );
  return [
    ...deployChanges(slots, source, roles, size),
    ...routed,
    ...removalOf(blue, roles.teardown),
    ...renamings(target, roles),
  ];
}

/** What is there already, of the wanted version, gets at most more instances: the slot of an earlier job, or of a rollback. */
function deployChanges(
  slots: Observation['slots'],
  source: Definition['source'],
  { green, version }: Roles,
  size: number,
): readonly Change[] {
  const object = titleOf(green);
  const { app, web } = slots.find(({ slot }) => slot === green) ?? {};
  if (app && (version === undefined || versionOf(app) === version)) {
    const now = web?.instances ?? 0;
    return now < size ? [{ verb: 'scale', object, detail: `instances ${now} -> ${size}` }] : [];
  }
  if (!source) return [];
  const replaced: readonly Change[] = app ? [{ verb: 'delete', object, detail: 'of an earlier release' }] : [];
  const detail = `version ${version ?? '(as it is)'}, ${size} instances, from ${sourceText(source)}`;
  return [...replaced, { verb: 'create', object, detail }];
}

function sourceText(source: Definition['source']): string {
  switch (source?.kind) {
    case 'docker':
      return `image ${source.image}`;
    case 'bits':
      return `the bits in ${source.path.split('/').at(-1)}`;
    case 'droplet':
      return `the droplet of ${source.app}`;
    default:
      return 'what is there';
  }
}

function removalOf(blue: Slot | undefined, how: Roles['teardown']): readonly Change[] {
  if (blue === undefined || how === 'keep') return [];
  if (how === 'delete') return [{ verb: 'delete', object: titleOf(blue), detail: '' }];
  return [{ verb: 'scale', object: titleOf(blue), detail: 'stopped, and kept' }];
}

function renamings(target: Observation['target'], { blue, green, teardown }: Roles): readonly Change[] {
  const names = namesOf(target);
  if (!names) return [];
  const old: readonly Change[] =
    blue === undefined || teardown === 'delete'
      ? []
      : [{ verb: 'update', object: titleOf(blue), detail: `name -> ${names.old}` }];
  return [...old, { verb: 'update', object: titleOf(green), detail: `name -> ${names.live}` }];
}

/** By the names that the apps have now; green's is its slot until the release is over. */
function commandFor(
  { routes, slots }: Observation,
  previous: Routing,
  { blue = '', green }: Roles,
  size: number,
  stages: readonly Stage[],
): string | undefined {
  const domains = new Map(routes.map(({ route, domain }) => [route.url, domain.name]));
  const names = new Map(slots.flatMap(({ slot, app }) => (app ? [[slot, app.name] as const] : [])));
  const nameOf = (slot: Slot) => names.get(slot) ?? slot;
  const command = restoreCommand(previous, domains, nameOf, green);
  const shrinks = stages.some(({ sizes }) => sizes !== undefined && sizes.blue < size);
  return command !== undefined && shrinks ? `cf scale ${nameOf(blue)} -i ${size} && ${command}` : command;
}
