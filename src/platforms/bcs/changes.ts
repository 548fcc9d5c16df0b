/** Every write that a release would make, in order, as `plan` prints it. Pure. */
import type { Change, Routing, Slot } from '../../release/model.js';
import type { Roles } from '../port.js';
import { isDeployed, type Observation } from './observation.js';

/** @param way what the routes are, and become one after the other; undefined where a stage is left out */
export function changesOf(
  observation: Observation,
  roles: Roles,
  size: number,
  way: readonly (Routing | undefined)[],
): readonly Change[] {
  const removed = roles.blue === undefined ? [] : removalOf(roles.blue, roles.teardown);
  return [...deployChanges(observation, roles, size), ...routeChanges(way.filter(isRouting)), ...removed];
}

/** What is there already, of the wanted version, gets at most more instances: the slot of an earlier job, or of a rollback. */
function deployChanges({ slots, reading }: Observation, roles: Roles, size: number): readonly Change[] {
  const object = titleOf(roles.green);
  const existing = slots.find(({ slot }) => slot === roles.green);
  if (existing && isDeployed(existing, roles.version)) {
    const now = existing.application?.instance ?? 0;
    return now < size ? [{ verb: 'scale', object, detail: `instances ${now} -> ${size}` }] : [];
  }
  if (!reading.definition) return [];
  const image = reading.definition.spec.template.spec.containers[0]?.image ?? '';
  const detail = `version ${roles.version ?? '(as it is)'}, ${size} instances, image ${image}`;
  const replaced: readonly Change[] = existing?.deployment
    ? [{ verb: 'delete', object, detail: 'of an earlier release' }]
    : [];
  return [...replaced, { verb: 'create', object, detail }];
}

function routeChanges(way: readonly Routing[]): readonly Change[] {
  return way.slice(1).flatMap((to, index) =>
    to.routes.flatMap((state, place): readonly Change[] => {
      const before = way[index]?.routes[place]?.text ?? '';
      if (before === state.text) return [];
      return [{ verb: 'route', object: state.route, detail: `selector ${before} -> ${state.text}` }];
    }),
  );
}

function isRouting(routing: Routing | undefined): routing is Routing {
  return routing !== undefined;
}

function removalOf(slot: Slot, how: Roles['teardown']): readonly Change[] {
  if (how === 'keep') return [];
  return how === 'delete'
    ? [{ verb: 'delete', object: titleOf(slot), detail: '' }]
    : [{ verb: 'scale', object: titleOf(slot), detail: 'instances -> 0' }];
}

export function titleOf(slot: Slot): string {
  return `deployment ${slot}`;
}
