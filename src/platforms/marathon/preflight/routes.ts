/** What is odd about a backend before the switch. Pure. */
import type { TargetConfig } from '../../../config/schema.js';
import { count } from '../../../lib/units.js';
import type { Slot } from '../../../release/model.js';
import type { PoolBackend } from '../objects.js';
import type { ObservedRoute } from '../observation.js';
import { matchesPattern, names } from '../pools.js';
import { resting } from '../preview.js';
import { type Said, tell } from './said.js';

export function routeFindings(observed: ObservedRoute, target: TargetConfig, blue: Slot | undefined): readonly Said[] {
  const slots = [target.slots.blue, target.slots.green];
  return [
    ...selectionFindings(observed, slots),
    ...companyFindings(observed, slots),
    ...(blue === undefined ? [] : elsewhereFindings(observed, target, blue)),
  ];
}

function selectionFindings({ route, found, selected }: ObservedRoute, slots: readonly Slot[]): readonly Said[] {
  const patterned = (found.services ?? []).find(service => slots.some(slot => matchesPattern(service, slot)));
  const mixed = `${route} goes to ${selected.join(' and ')} at once, so nobody can say which of them is live.`;
  const byPattern = `${route} finds its apps by the pattern ${patterned?.marathon?.serviceIDPattern}, which a slot matches.`;
  return [
    ...(selected.length > 1
      ? [tell('error', 'MIXED_BACKEND', mixed, 'Leave one of them in the backend, then run again.')]
      : []),
    ...(patterned
      ? [
          tell(
            'error',
            'PATTERN_IN_BACKEND',
            byPattern,
            'Name the live app by serviceID: by a pattern both slots would get traffic.',
          ),
        ]
      : []),
  ];
}

/** Services of a backend that are none of the slots. */
function companyFindings({ route, found }: ObservedRoute, slots: readonly Slot[]): readonly Said[] {
  const services = found.services ?? [];
  const strangers = services.filter(service => !slots.some(slot => names(service, slot)));
  if (strangers.length === 0) return [];
  if (strangers.length === services.length) {
    const message = `${route} goes to neither ${slots.join(' nor ')}.`;
    const remedy = 'Name the app that it goes to as one of the two slots, or correct the route.';
    return [tell('error', 'STRANGE_BACKEND', message, remedy)];
  }
  const message = `${route} has ${count(strangers.length, 'service')} beside the slots.`;
  const remedy = 'They keep their share of the traffic, whatever version they are.';
  return [tell('warning', 'SHARED_BACKEND', message, remedy)];
}

/** A private backend is never without a service, and none of a slot stays there. */
export function previewFindings(target: TargetConfig, found: PoolBackend): readonly Said[] {
  if (resting(found.services ?? [], target).length > 0) return [];
  const message = `${target.marathon?.preview?.route} has no service beside the slots, and Edge-LB refuses a backend without any.`;
  const remedy = 'Name an app there that never runs, such as /nobody: its place is kept while green is not checked.';
  return [tell('error', 'PREVIEW_WITHOUT_REST', message, remedy)];
}

/** Other backends of the pool by which blue gets traffic too. */
function elsewhereFindings({ whole, backend }: ObservedRoute, target: TargetConfig, blue: Slot): readonly Said[] {
  const others = (whole.haproxy.backends ?? []).filter(
    ({ name, services = [] }) =>
      name !== backend &&
      ![...target.routes, target.marathon?.preview?.route].includes(`pool/${whole.name}/${name}`) &&
      services.some(service => names(service, blue)),
  );
  return others.map(({ name }) => {
    const message = `${blue} gets traffic by the backend ${name} of the pool ${whole.name} too.`;
    const remedy = `Name pool/${whole.name}/${name} among the routes of the target: blue could not be taken away otherwise.`;
    return tell('error', 'UNNAMED_BACKEND', message, remedy);
  });
}
