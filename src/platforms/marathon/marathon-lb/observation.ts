/** What exists for a target behind marathon-lb, and what green and the routes would become. */
import type { TargetConfig } from '../../../config/schema.js';
import type { Change, Routing, Slot, Snapshot } from '../../../release/model.js';
import { madeFrom } from '../../made-from.js';
import type { Proposal, Roles } from '../../port.js';
import { appId, readApp, versionOf } from '../apps.js';
import { type Context, definitionOf } from '../context.js';
import { marathonFailure } from '../failures.js';
import type { App, Definition } from '../objects.js';
import { deployChanges, exchangeChanges, sizeOf, teardownChanges } from '../proposal.js';
import { healthyTasks, isAtWork } from '../tasks.js';
import { isPublished } from './labels.js';
import { portRoute, portState } from './routes.js';
import { isNew, leavingCount } from './sharing.js';

export interface PublishedObservation {
  readonly target: TargetConfig;
  readonly definition: Definition | undefined;
  readonly apps: ReadonlyMap<Slot, App | undefined>;
}

export async function observeApps(
  context: Context,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<PublishedObservation> {
  const slots = [target.slots.blue, target.slots.green];
  const [definition, ...apps] = await Promise.all([
    definitionOf(context, target),
    ...slots.map(slot => readApp(context.client, appId(slot), signal)),
  ]);
  return { target, definition, apps: new Map(slots.map((slot, index) => [slot, apps[index]])) };
}

/** What exists, and who is live of it. */
export function snapshotOfApps({ target, apps }: PublishedObservation): Snapshot {
  const live = liveOf(apps);
  const liveApp = live === undefined ? undefined : apps.get(live);
  return {
    target: target.name,
    slots: [...apps].map(([slot, app]) => ({
      slot,
      exists: app !== undefined,
      size: app?.instances ?? 0,
      ready: app ? healthyTasks(app).length : 0,
      version: versionOf(app),
    })),
    routing: routingTo(target, live, liveApp ? healthyTasks(liveApp).length : 0),
    live,
  };
}

/**
 * The slot that alone has instances which marathon-lb serves: because nobody else has any, or because it takes all of the
 * other one out, as after a way back that left green where it was.
 */
function liveOf(apps: PublishedObservation['apps']): Slot | undefined {
  const serving = [...apps].flatMap(([slot, app]) =>
    app && isPublished(app) && app.instances > 0 ? [{ slot, app }] : [],
  );
  const [one, other] = serving;
  if (!one || !other) return one?.slot;
  const [fresh, old] = isNew(one.app, other.app) ? [one, other] : [other, one];
  const atWork = (old.app.tasks ?? []).filter(isAtWork).length;
  return atWork > 0 && leavingCount(old.app, fresh.app) === atWork ? fresh.slot : undefined;
}

function routingTo(target: TargetConfig, slot: Slot | undefined, size: number): Routing {
  return {
    routes: target.routes.flatMap(route => {
      const at = portRoute(route);
      return at ? [portState(route, { kind: 'marathon-lb', ...at, slot: slot ?? null, size })] : [];
    }),
  };
}

/** Throws STEPS_IMPOSSIBLE for every way but the exchange of instances. */
export function proposeExchange(observation: PublishedObservation, previous: Routing, roles: Roles): Proposal {
  const { target } = observation;
  const isSwitch = roles.blue !== undefined && previous.routes.some(({ slot }) => slot !== roles.green);
  if (isSwitch && roles.batch === undefined) throw impossible(target);
  const size = sizeOf(observation, roles);
  const next = routingTo(target, roles.green, size);
  const routeChanges: readonly Change[] = next.routes.flatMap(({ route, text }, index) => {
    const before = previous.routes[index]?.text ?? 'nothing';
    return before === text ? [] : [{ verb: 'route', object: route, detail: `${before} -> ${text}` }];
  });
  return {
    size,
    next,
    adopted: undefined,
    changes: [
      ...deployChanges(observation, roles, roles.batch ?? size),
      ...exchangeChanges(roles, size),
      ...routeChanges,
      ...teardownChanges(observation, roles),
    ],
    // Whoever was scaled last is preferred: one more of blue, and all of green is taken out as soon as blue is whole.
    rollbackCommand: roles.blue && `dcos marathon app update ${appId(roles.blue)} instances=${size + 1}`,
    definition: madeFrom(observation.definition, target),
  };
}

function impossible({ name }: TargetConfig) {
  const reason =
    'marathon-lb serves an instance as soon as it is healthy, and no switch of all at once exists there; it goes by strategy: stepwise alone, and back by releasing the previous version';
  return marathonFailure('STEPS_IMPOSSIBLE', { target: name, reason });
}
