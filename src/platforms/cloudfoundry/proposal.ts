/** What green and the routes would become. Pure. */
import type { Change, Routing, Slot, Stage } from '../../release/model.js';
import { madeFrom } from '../made-from.js';
import type { Proposal, Roles } from '../port.js';
import { namesOf } from './apps.js';
import type { Definition } from './definition.js';
import { cfFailure } from './failures.js';
import type { Observation } from './observation.js';
import { restoreCommand, routeState, slotsText } from './routes.js';

/**
 * Users are always led to both slots for a while: to take blue away before every router knows green loses requests, and no
 * single write does both at once on the routers. So the first stage is both, whatever way is asked for. Throws
 * STEPS_IMPOSSIBLE for shares of traffic.
 */
export function propose(observation: Observation, definition: Definition, previous: Routing, roles: Roles): Proposal {
  const { target, slots } = observation;
  if (roles.way === 'steps') {
    const reason = 'routes of Cloud Foundry have no weights, each instance gets as much as any other';
    throw cfFailure('STEPS_IMPOSSIBLE', { target: target.name, reason });
  }
  const known = slots.find(({ slot }) => slot === roles.green)?.web?.instances;
  const size = Math.max(1, roles.size ?? definition.instances ?? known ?? 1);
  const routing = (wanted: readonly Slot[], later: readonly (readonly Slot[])[]): Routing => ({
    routes: observation.routes.map(({ text, route }) =>
      routeState(text, {
        kind: 'cf-route',
        guid: route.guid,
        url: route.url,
        slots: wanted,
        size,
        demand: 'full',
        later,
      }),
    ),
  });
  const { blue, green } = roles;
  const hasWay = blue !== undefined && observation.routes.length > 0;
  const stages: readonly Stage[] = hasWay ? [{ routing: routing([blue, green], [[green]]), share: undefined }] : [];
  const next = routing([green], []);
  return {
    size,
    next,
    adopted: undefined,
    stages,
    changes: changesOf(observation, definition, roles, size, [previous, ...stages.map(stage => stage.routing), next]),
    rollbackCommand: blue === undefined ? undefined : commandFor(observation, previous, roles),
    definition: definition.source && madeFrom([definition.fields, sourceText(definition.source)], target),
  };
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
  const { blue, green, version } = roles;
  const existing = slots.find(({ slot }) => slot === green)?.app;
  const replaced: readonly Change[] =
    source && existing ? [{ verb: 'delete', object: titleOf(green), detail: 'of an earlier release' }] : [];
  const detail = `version ${version ?? '(as it is)'}, ${size} instances, from ${sourceText(source)}`;
  const created: readonly Change[] = source ? [...replaced, { verb: 'create', object: titleOf(green), detail }] : [];
  const routed = way.slice(1).flatMap((routing, step) =>
    routing.routes.map((state, index): Change => {
      const before = way[step]?.routes[index]?.text ?? slotsText([]);
      return { verb: 'route', object: state.route, detail: `${before} -> ${state.text}` };
    }),
  );
  return [...created, ...routed, ...removalOf(blue, roles.teardown), ...renamings(target, roles)];
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
function commandFor({ routes, slots }: Observation, previous: Routing, { green }: Roles): string | undefined {
  const domains = new Map(routes.map(({ route, domain }) => [route.url, domain.name]));
  const names = new Map(slots.flatMap(({ slot, app }) => (app ? [[slot, app.name] as const] : [])));
  return restoreCommand(previous, domains, slot => names.get(slot) ?? slot, green);
}
