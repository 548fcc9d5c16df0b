/** What preflight sees of routes that name Services. */
import type { Finding, TargetPlan } from '../../../release/model.js';
import { describeLabels, matches } from '../labels.js';
import type { Observation, ObservedService } from '../observation.js';
import type { Subjects, Tell } from '../preflight/subjects.js';
import type { ObservedBackend, ObservedBackendRoute } from './observation.js';
import { isSame, slotOf } from './shares.js';

/** One list for all of them. */
export function backendFindings(subjects: Subjects, acceptsLag: boolean): readonly Finding[] {
  return subjects.observation.backends.flatMap(route => [
    ...sharingFindings(route, subjects.tell),
    ...wordFindings(route, subjects.tell),
    ...selectorFindings(route, subjects),
    ...portFindings(route, subjects),
    ...balancerFindings(route, subjects, acceptsLag),
  ]);
}

/** The Services behind a route, as if they were routes themselves: what makes those a trap makes these one, too. */
export function servicesBehind({ backends }: Observation): readonly Pick<ObservedService, 'name' | 'service'>[] {
  const all = backends.flatMap(one => [...one.backends.values()]);
  const different = all.filter((one, index) => all.findIndex(other => other.service === one.service) === index);
  return different.map(({ service, object }) => ({ name: service, service: object }));
}

/** A route in the middle of somebody's shift of traffic, or with rules for both slots. */
function sharingFindings({ kind, name, selected }: ObservedBackendRoute, tell: Tell): readonly Finding[] {
  if (selected.length < 2) return [];
  const message = `${kind.kind} ${name} sends live traffic to both ${selected.join(' and ')}.`;
  const remedy = kind.weighs
    ? 'Give one of them all the weight in every rule; rules for tests belong into a route of their own.'
    : 'Let every path lead to one of them; paths for tests belong into an Ingress of their own.';
  return [tell('error', 'MIXED_BACKENDS', message, remedy)];
}

/** A route that its gateways refuse now would not be confirmed after the switch either. */
function wordFindings({ kind, name, object }: ObservedBackendRoute, tell: Tell): readonly Finding[] {
  const word = object && kind.word?.(object);
  if (!word || word.state === 'accepted') return [];
  const remedy = 'Look at the Gateways that it names, and at the Services; a switch waits for their word.';
  return [tell('error', 'ROUTE_NOT_ACCEPTED', `${kind.kind} ${name}: ${word.reason}.`, remedy)];
}

/** Each slot's Service selects its own pods, and never the other's. */
function selectorFindings(
  { backends }: ObservedBackendRoute,
  { plan, blueLabels, greenLabels, tell }: Subjects,
): readonly Finding[] {
  const blue = plan.blue === undefined ? undefined : backends.get(plan.blue);
  const green = backends.get(plan.green);
  return [
    ...wrongly(blue, greenLabels, plan, plan.green, tell),
    ...(isSame(blue, green) ? [] : wrongly(green, blueLabels, plan, plan.blue ?? '', tell)),
  ];
}

function wrongly(
  backend: ObservedBackend | undefined,
  labels: Readonly<Record<string, string>> | undefined,
  { green }: TargetPlan,
  other: string,
  tell: Tell,
): readonly Finding[] {
  if (!backend?.object || !matches(backend.selector, labels)) return [];
  const whose = other === green ? 'the live slot' : green;
  const message = `Service ${backend.service}, which is for ${whose}, selects ${describeLabels(backend.selector)}, and so the pods of ${other} too.`;
  const remedy = 'Let it select by a label that only its own slot has, such as cutover/slot.';
  return [tell('error', 'MIXED_SELECTOR', message, remedy)];
}

/** A port that the route names and green's own Service lacks would be answered with errors. */
function portFindings({ kind, name, places, backends }: ObservedBackendRoute, { plan, tell }: Subjects) {
  const { service, object } = backends.get(plan.green) ?? {};
  if (!object) return [];
  const ports = object.spec.ports ?? [];
  const named = places.flatMap(({ entries }) =>
    entries.filter(entry => slotOf(entry, backends) !== undefined).flatMap(({ port }) => port ?? []),
  );
  const missing = [...new Set(named)].filter(port => !ports.some(one => one.port === port || one.name === port));
  return missing.map(port => {
    const message = `${kind.kind} ${name} leads to port ${port}, and Service ${service}, which is for ${plan.green}, has no such port.`;
    return tell('error', 'PORT_MISSING', message, `Add the port to Service ${service}.`);
  });
}

/** Load balancers that make a target group, or a network endpoint group, of each Service that an Ingress names. */
function balancerFindings(
  { kind, name, object }: ObservedBackendRoute,
  { plan, tell }: Subjects,
  acceptsLag: boolean,
): readonly Finding[] {
  if (kind.kind !== 'Ingress' || !object || plan.blue === undefined) return [];
  const { ingressClassName } = (object.spec ?? {}) as { readonly ingressClassName?: string };
  const kept = object.metadata.annotations ?? {};
  const ingressClass = ingressClassName ?? kept['kubernetes.io/ingress.class'] ?? '';
  if (!['alb', 'gce', 'gce-internal'].includes(ingressClass) && !kept['alb.ingress.kubernetes.io/target-type'])
    return [];
  const message = `Ingress ${name} is served by a cloud load balancer, which makes the Service of ${plan.green} known to itself only after the switch; a switch in one write may cost requests.`;
  const remedy =
    'Switch the Service behind it with switch.mode overlap, or say that this is fine: switch.accept-lag true.';
  return [tell(acceptsLag ? 'warning' : 'error', 'LOAD_BALANCER_LAGS', message, remedy)];
}
