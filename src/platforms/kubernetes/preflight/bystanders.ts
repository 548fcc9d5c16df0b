/** Objects that select pods by labels, and would treat green otherwise than blue, or both as one. */
import type { Finding } from '../../../release/model.js';
import { MANAGED_LABEL, selectorMatches } from '../labels.js';
import type { DisruptionBudget, KubernetesObject, LabelSelector } from '../objects.js';
import { DISRUPTION_BUDGETS, NETWORK_POLICIES, type Resource, resource } from '../resources.js';
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

/** Extensions whose `spec` names pods by a label selector in this field. Only asked for where the server has them. */
const EXTENSIONS: readonly { readonly resource: Resource; readonly field: string }[] = [
  { resource: resource('PodMonitor', 'monitoring.coreos.com', 'v1', 'podmonitors'), field: 'selector' },
  { resource: resource('AuthorizationPolicy', 'security.istio.io', 'v1', 'authorizationpolicies'), field: 'selector' },
  { resource: resource('PeerAuthentication', 'security.istio.io', 'v1', 'peerauthentications'), field: 'selector' },
  { resource: resource('CiliumNetworkPolicy', 'cilium.io', 'v2', 'ciliumnetworkpolicies'), field: 'endpointSelector' },
];

/** Two requests and a look at the API groups, and one for each extension that the server has. */
export async function bystanderFindings(subjects: Subjects): Promise<readonly Finding[]> {
  if (!subjects.blueLabels) return [];
  const { look } = subjects;
  const [budgets, policies, ...extensions] = await Promise.all([
    look.all<DisruptionBudget>(DISRUPTION_BUDGETS),
    look.all<NetworkPolicy>(NETWORK_POLICIES),
    ...EXTENSIONS.map(async ({ resource: kind, field }) => {
      const objects = await look.allIfServed(kind);
      return objects.map(object => ({ kind: kind.kind, object, selectors: [fieldOf(object, field)] }));
    }),
  ]);
  const selecting = [
    ...policies.map(object => ({ kind: 'NetworkPolicy', object, selectors: selectorsOf(object) })),
    ...extensions.flat(),
  ];
  return [
    ...budgets.flatMap(budget => budgetFindings(subjects, budget)),
    ...selecting.flatMap(({ kind, object, selectors }) => missedFindings(subjects, kind, object, selectors)),
  ];
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

function fieldOf(object: KubernetesObject, field: string): LabelSelector | undefined {
  return (object.spec as Readonly<Record<string, LabelSelector | undefined>> | undefined)?.[field];
}
