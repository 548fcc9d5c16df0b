/** What is odd about the routes of a target before the switch, and what cannot be proved of them. */
import type { Resource } from './objects.js';
import type { Observation, ObservedRoute } from './observation.js';
import { type Said, tell } from './preflight.js';
import { blindness, canProve } from './probing.js';

export async function routeFindings(observation: Observation, signal: AbortSignal): Promise<readonly Said[]> {
  const { routes } = observation;
  const asked = await Promise.all(routes.map(route => provableFindings(observation, route, signal)));
  return [
    ...asked.flat(),
    ...routes.flatMap(route => selectionFindings(observation, route)),
    ...mixtureFindings(routes),
  ];
}

async function provableFindings(
  { foundation, target }: Observation,
  { text, domain, route }: ObservedRoute,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const reason = domain.internal
    ? 'it is an internal route, which no router knows: nobody can say when its users have followed'
    : domain.router_group || route.protocol === 'tcp'
      ? 'it is a TCP route, in which no instance can be asked for'
      : (await hasService(foundation, route.guid, signal))
        ? 'it is bound to a route service, behind which no instance can be asked for'
        : undefined;
  if (reason !== undefined) {
    const remedy =
      'Leave it out of the routes and move it by hand; docs/cloud-foundry.md says which kinds can be proved.';
    return [tell('error', 'ROUTE_NOT_PROVABLE', `${text} cannot be cut over safely: ${reason}.`, remedy)];
  }
  if (!(await canProve(foundation, signal))) {
    const message = `What the routers do with ${text} cannot be asked here, so that cloud-foundry.propagation is waited for instead.`;
    return [
      tell(
        'warning',
        'ROUTERS_NOT_ASKED',
        message,
        'Set cloud-foundry.propagation to more than the routers ever took.',
      ),
    ];
  }
  const blind = await blindness(foundation, target, route.url, signal);
  if (blind === undefined) return [];
  const message = `${text} does not pass on which instance is asked for: ${blind}.`;
  const remedy = 'Name the routers behind the proxy as cloud-foundry.routers, or set cloud-foundry.proof to wait.';
  return [tell('error', 'ROUTERS_OUT_OF_REACH', message, remedy)];
}

async function hasService({ client }: Observation['foundation'], guid: string, signal: AbortSignal): Promise<boolean> {
  return (
    (await client.list<Resource>(`/v3/service_route_bindings?route_guids=${guid}`, 'find route services', signal))
      .length > 0
  );
}

function selectionFindings({ target }: Observation, { text, slots, others }: ObservedRoute): readonly Said[] {
  const { blue, green } = target.slots;
  const shared = `${text} leads to ${others.length === 1 ? 'an app' : `${others.length} apps`} beside the slots.`;
  if (slots.length > 1) {
    const mixed = `${text} leads to ${slots.join(' and ')} at once, so nobody can say which of them is live.`;
    return [tell('error', 'MIXED_ROUTE', mixed, 'Leave one of them, or run the release again that led it to both.')];
  }
  if (others.length === 0) return [];
  if (slots.length > 0)
    return [
      tell('warning', 'SHARED_ROUTE', shared, 'They keep their share of the traffic, whatever version they are.'),
    ];
  const strange = `${text} leads to neither ${blue} nor ${green}.`;
  return [
    tell(
      'error',
      'STRANGE_ROUTE',
      strange,
      'Name the app that it leads to as one of the two slots or as cloud-foundry.app, or correct the route.',
    ),
  ];
}

function mixtureFindings(routes: readonly ObservedRoute[]): readonly Said[] {
  const live = new Set(routes.flatMap(({ slots }) => (slots.length === 1 ? slots : [])));
  const bare = routes.filter(({ slots, others }) => slots.length + others.length === 0);
  if (live.size === 1 && bare.length > 0) {
    const message = `${bare.map(({ text }) => text).join(', ')} leads to no app, while other routes of the target lead to ${[...live][0]}.`;
    return [tell('error', 'MIXED_ROUTES', message, 'Map it to the app that is live, then run again.')];
  }
  if (live.size < 2) return [];
  const message = `The routes of the target lead to different slots: ${routes.map(({ text, slots }) => `${text} to ${slots.join(' and ')}`).join(', ')}.`;
  return [tell('error', 'MIXED_ROUTES', message, 'Lead all of them to the app that is live, then run again.')];
}
