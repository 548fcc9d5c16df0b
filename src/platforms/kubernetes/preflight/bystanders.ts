/** Objects that select pods by labels, and would treat green otherwise than blue, or both as one. */
import type { Finding } from '../../../release/model.js';
import { MANAGED_LABEL, matches, selectorMatches } from '../labels.js';
import type { DisruptionBudget, KubernetesObject, LabelSelector, Service } from '../objects.js';
import { DISRUPTION_BUDGETS, NETWORK_POLICIES, type Resource, resource, SERVICES } from '../resources.js';
import type { Subjects } from './subjects.js';

interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
}
interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    readonly podSelector?: LabelSelector;
    readonly ingress?: readonly { readonly from?: readonly Peer[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[] }[];
  };
}

type Spec = Readonly<Record<string, unknown>>;

interface Extension {
  readonly resource: Resource;
  /** The pods that an object of it is for. */
  readonly selectors: (spec: Spec) => readonly (LabelSelector | undefined)[];
}

const field = (name: string) => (spec: Spec) => [spec[name] as LabelSelector | undefined];

/** Subsets that a route switches between are another matter: there each slot is meant to have its own. */
function subsetSelectors(spec: Spec): readonly LabelSelector[] {
  const subsets = (spec.subsets ?? []) as readonly { readonly labels?: LabelSelector['matchLabels'] }[];
  return subsets.flatMap(({ labels }) => (labels && Object.keys(labels).length > 0 ? [{ matchLabels: labels }] : []));
}

/** Extensions that name pods by labels. Only asked for where the server has their group. */
const EXTENSIONS: readonly Extension[] = [
  { resource: resource('PodMonitor', 'monitoring.coreos.com', 'v1', 'podmonitors'), selectors: field('selector') },
  {
    resource: resource('AuthorizationPolicy', 'security.istio.io', 'v1', 'authorizationpolicies'),
    selectors: field('selector'),
  },
  {
    resource: resource('PeerAuthentication', 'security.istio.io', 'v1', 'peerauthentications'),
    selectors: field('selector'),
  },
  {
    resource: resource('RequestAuthentication', 'security.istio.io', 'v1', 'requestauthentications'),
    selectors: field('selector'),
  },
  {
    resource: resource('CiliumNetworkPolicy', 'cilium.io', 'v2', 'ciliumnetworkpolicies'),
    selectors: field('endpointSelector'),
  },
];
const DESTINATION_RULES = resource('DestinationRule', 'networking.istio.io', 'v1', 'destinationrules');
const SERVICE_MONITORS = resource('ServiceMonitor', 'monitoring.coreos.com', 'v1', 'servicemonitors');

/** Two requests and a look at the API groups, and one for each extension that the server has. */
export async function bystanderFindings(subjects: Subjects): Promise<readonly Finding[]> {
  if (!subjects.blueLabels) return [];
  const { look } = subjects;
  const [budgets, policies, ...extensions] = await Promise.all([
    look.all<DisruptionBudget>(DISRUPTION_BUDGETS),
    look.all<NetworkPolicy>(NETWORK_POLICIES),
    ...EXTENSIONS.map(async ({ resource: kind, selectors }) => {
      const objects = await look.allIfServed(kind);
      return objects.map(object => ({ kind: kind.kind, object, selectors: selectors(specOf(object)) }));
    }),
    destinationRules(subjects),
  ]);
  const selecting = [
    ...policies.map(object => ({ kind: 'NetworkPolicy', object, selectors: selectorsOf(object) })),
    ...extensions.flat(),
  ];
  return [
    ...budgets.flatMap(budget => budgetFindings(subjects, budget)),
    ...selecting.flatMap(({ kind, object, selectors }) => missedFindings(subjects, kind, object, selectors)),
    ...(await monitorFindings(subjects)),
  ];
}

/** Those whose subsets no route of the target leads to. */
async function destinationRules({ look, observation }: Subjects) {
  if (observation.target.routes.some(route => route.startsWith('virtualservice'))) return [];
  const objects = await look.allIfServed(DESTINATION_RULES);
  return objects.map(object => ({ kind: 'DestinationRule', object, selectors: subsetSelectors(specOf(object)) }));
}

/** A ServiceMonitor follows its Services; one that selects blue's pods and is no route stays with blue. */
async function monitorFindings({ look, observation, plan, blueLabels, greenLabels, tell }: Subjects) {
  const monitors = await look.allIfServed(SERVICE_MONITORS);
  if (monitors.length === 0) return [];
  const routed = new Set(observation.services.map(({ name }) => name));
  const staying = (await look.all<Service>(SERVICES)).filter(
    ({ metadata, spec }) =>
      !routed.has(metadata.name) && matches(spec.selector, blueLabels) && !matches(spec.selector, greenLabels),
  );
  return monitors.flatMap(monitor => {
    const selector = specOf(monitor).selector as LabelSelector | undefined;
    const watched = staying.find(({ metadata }) => selector && selectorMatches(selector, metadata.labels ?? {}));
    if (!watched) return [];
    const message = `ServiceMonitor ${monitor.metadata.name} watches Service ${watched.metadata.name}, which selects the pods of ${plan.blue}, which is live, but not those of ${plan.green}.`;
    const remedy =
      'Let that Service select by a label that both slots have; else what is measured ends with the switch.';
    return [tell('warning', 'POLICY_MISSES_GREEN', message, remedy)];
  });
}

function budgetFindings(subjects: Subjects, budget: DisruptionBudget): readonly Finding[] {
  const { observation, plan, blueLabels = {}, greenLabels, tell } = subjects;
  const { name, labels } = budget.metadata;
  const selector = budget.spec.selector;
  if (!selector || !selectorMatches(selector, blueLabels)) return [];
  if (selectorMatches(selector, greenLabels)) {
    const message = `PodDisruptionBudget ${name} selects the pods of ${plan.blue} and of ${plan.green}: it counts them as one.`;
    const remedy = 'Put a PodDisruptionBudget into the manifest, so that each slot has its own, and delete this one.';
    return [tell('warning', 'BUDGET_SPANS_BOTH', message, remedy)];
  }
  if (observation.manifest === undefined || observation.manifest.budget || labels?.[MANAGED_LABEL] === 'true')
    return [];
  const message = `PodDisruptionBudget ${name} protects ${plan.blue}, which is live, and will not protect ${plan.green}.`;
  return [tell('warning', 'BUDGET_MISSES_GREEN', message, 'Put a PodDisruptionBudget into the manifest.')];
}

/** One finding for an object, however many of its selectors miss green. */
function missedFindings(
  { plan, blueLabels = {}, greenLabels, tell }: Subjects,
  kind: string,
  object: KubernetesObject,
  selectors: readonly (LabelSelector | undefined)[],
): readonly Finding[] {
  const misses = selectors.some(
    selector => selector && selectorMatches(selector, blueLabels) && !selectorMatches(selector, greenLabels),
  );
  if (!misses) return [];
  const message = `${kind} ${object.metadata.name} matches the pods of ${plan.blue}, which is live, but not those of ${plan.green}.`;
  const remedy = 'Let it select by a label that both slots have; else what it allows or watches ends with the switch.';
  return [tell('warning', 'POLICY_MISSES_GREEN', message, remedy)];
}

/** The pods that it is for, and those of this namespace that it lets in and out. */
function selectorsOf({ spec }: NetworkPolicy): readonly (LabelSelector | undefined)[] {
  const peers = [
    ...(spec.ingress ?? []).flatMap(({ from = [] }) => from),
    ...(spec.egress ?? []).flatMap(({ to = [] }) => to),
  ];
  return [spec.podSelector, ...peers.filter(peer => !peer.namespaceSelector).map(peer => peer.podSelector)];
}

function specOf(object: KubernetesObject): Spec {
  return (object.spec ?? {}) as Spec;
}
