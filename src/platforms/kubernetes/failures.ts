/** What can go wrong on the way to a Kubernetes API and in it, as sentences. */
import { catalogue, type Failure, hasCode, quoted } from '../../failures.js';

export { hasCode } from '../../failures.js';

/** What a request was about, in the words of RBAC. */
export interface Subject {
  /** `get`, `list`, `watch`, `create`, `patch`, `update` or `delete`. */
  readonly verb: string;
  readonly group: string;
  /** Plural, with the subresource if there is one: `deployments/scale`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** `patch services "shop" in namespace prod`. */
export function subjectText({ verb, resource, namespace, name }: Subject): string {
  const what = name === undefined ? resource : `${resource} "${name}"`;
  return namespace === undefined ? `${verb} ${what}` : `${verb} ${what} in namespace ${namespace}`;
}

/** The rule that a Role needs for a request. */
export function rbacRule({ group, resource, verb }: Subject): string {
  return `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
}

interface Asked {
  readonly subject: Subject;
}
interface Answered extends Asked {
  readonly status: number;
  /** The server's own words; empty when it said nothing. */
  readonly words: string;
}

/** A route: a Service, or `of` another kind. */
interface Routed {
  /** Namespace and name. */
  readonly service: string;
  readonly of?: string;
}
interface Backed {
  /** Kind and name. */
  readonly route: string;
  readonly slots: readonly string[];
}

function routeText({ of = 'Service', service }: Routed): string {
  return `${of} ${service}`;
}

/** Failures of the wire and of the API, by code. */
export const kubernetesFailure = catalogue({
  KUBECONFIG: ({ reason }: { reason: string }) => ({
    message: `There are no usable credentials for a Kubernetes cluster: ${reason}.`,
    hint: 'Give kubeconfig (a path, or the YAML itself) and context, or set KUBECONFIG. Nothing was contacted.',
    result: 'invalid' as const,
  }),
  CREDENTIALS: ({ reason }: { reason: string }) => ({
    message: `The credentials of the kubeconfig could not be used: ${reason}.`,
    hint: 'Run the credential plugin that the kubeconfig names by hand, on this machine, and correct what it says.',
  }),
  UNREACHABLE: ({ server, reason, subject }: { server: string; reason: string } & Asked) => ({
    message: `The Kubernetes API at ${server} does not answer (${reason}); the request was to ${subjectText(subject)}.`,
    hint: 'Check the server address in the kubeconfig, and that this machine may reach it (VPN, firewall, proxy).',
  }),
  TLS: ({ server, reason }: { server: string; reason: string }) => ({
    message: `The Kubernetes API at ${server} could not be trusted: ${reason}.`,
    hint: 'Put the certificate authority of this cluster into the kubeconfig (certificate-authority-data).',
  }),
  ANSWER_LOST: ({ reason, subject }: { reason: string } & Asked) => ({
    message: `The answer to a write was lost (${reason}), so nobody knows whether it took effect: ${subjectText(subject)}.`,
    hint: 'Run the same command again: it reads what is there before it writes.',
  }),
  UNAUTHORIZED: ({ server, words }: { server: string; words: string }) => ({
    message: `The Kubernetes API at ${server} does not accept the credentials: the token is invalid or has expired.${quoted(words)}`,
    hint: 'Get a fresh token or kubeconfig in this job and pass it on. Tokens of service accounts are usually short-lived.',
  }),
  FORBIDDEN: ({ subject, words }: Answered) => ({
    message: `The credentials may not ${subjectText(subject)}.${quoted(words)}`,
    hint: `Add this rule to the Role that they are bound to${
      subject.namespace === undefined ? '' : ` in namespace ${subject.namespace}`
    }: ${rbacRule(subject)}`,
  }),
  NOT_FOUND: ({ subject, words }: Answered) => ({
    message: `The Kubernetes API did not find what it was asked to ${subjectText(subject)}.${quoted(words)}`,
    hint: 'Check the name and the namespace; a kind of its own needs its CustomResourceDefinition first.',
  }),
  CONFLICT: ({ subject, words }: Answered) => ({
    message: `Somebody else changed the object at the same time: ${subjectText(subject)}.${quoted(words)}`,
    hint: 'Find out who else writes to it (a GitOps controller, Helm, another pipeline), then run again.',
  }),
  REJECTED: ({ subject, status, words }: Answered) => ({
    message: `The Kubernetes API refused to ${subjectText(subject)} (HTTP ${status}).${quoted(words)}`,
    hint: 'Correct the manifest as the server says, then run again.',
  }),
  THROTTLED: ({ subject, words }: Answered) => ({
    message: `The Kubernetes API is asking clients to slow down (HTTP 429), and kept on; the request was to ${subjectText(subject)}.${quoted(words)}`,
    hint: 'Run again when the cluster is less busy.',
  }),
  SERVER_ERROR: ({ subject, status, words }: Answered) => ({
    message: `The Kubernetes API failed with HTTP ${status} when asked to ${subjectText(subject)}.${quoted(words)}`,
    hint: 'Look at the health of the control plane and its admission webhooks, then run again.',
  }),
  NOT_JSON: ({ server, status, beginning }: { server: string; status: number; beginning: string }) => ({
    message: `${server} answered with something that is not JSON (HTTP ${status}): ${beginning}`,
    hint: 'The address in the kubeconfig is probably a login page or a proxy, not a Kubernetes API.',
  }),
  TRUNCATED: ({ server, subject }: { server: string } & Asked) => ({
    message: `The answer of ${server} ended in the middle when asked to ${subjectText(subject)}.`,
    hint: 'Something between this machine and the API cuts connections; look at proxies and load balancers.',
  }),
  NAMESPACE_NOT_FOUND: ({ namespace }: { namespace: string }) => ({
    message: `There is no namespace ${namespace}.`,
    hint: 'Correct the input namespace, or create it.',
    result: 'refused' as const,
  }),
  SERVICE_NOT_FOUND: ({ namespace, name }: { namespace: string; name: string }) => ({
    message: `There is no Service ${name} in namespace ${namespace}, and the manifest does not define one.`,
    hint: 'Correct the name or the namespace, or add the Service to the manifest: then the first release creates it.',
    result: 'refused' as const,
  }),
  WORKLOAD_NOT_FOUND: ({ namespace, slot }: { namespace: string; slot: string }) => ({
    message: `There is no Deployment or StatefulSet ${slot} in namespace ${namespace}.`,
    hint: 'Deploy this slot first.',
  }),
  MANIFEST: ({ sentences }: { sentences: readonly string[] }) => ({
    message: `The manifest cannot be used: ${sentences.join(' ')}`,
    hint: 'Correct it and run again.',
    result: 'invalid' as const,
  }),
  ROUTE_CHANGED: ({ expected, found, ...route }: { expected: string; found: string } & Routed) => ({
    message: `${routeText(route)} was changed by somebody else: it was expected to ${route.of ? 'lead to' : 'select'} ${expected}, but it ${route.of ? 'says' : 'selects'} ${found}.`,
    hint: 'Find out who writes to it (a GitOps controller, Helm, another pipeline), then run again.',
  }),
  ROUTE_CONTENDED: ({ attempts, ...route }: { attempts: number } & Routed) => ({
    message: `${routeText(route)} was changed by somebody else during each of ${attempts} attempts to switch it.`,
    hint: 'Find out who keeps writing to it, then run again.',
  }),
  WOULD_MIX: ({ service, selector, strangers }: { service: string; selector: string; strangers: string }) => ({
    message: `Service ${service} was not switched: pods that are not of the wanted slot match ${selector}: ${strangers}.`,
    hint: 'Remove the label that they share, or the pods, then run again.',
  }),
  NO_PREVIOUS_ROUTE: (route: Routed) => ({
    message: `${routeText(route)} did not exist before this release, so there is no earlier routing to put back.`,
    hint: `Release a version that works; until then the ${route.of ?? 'Service'} keeps leading to the new slot.`,
  }),
  OVERLAP_IMPOSSIBLE: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} is to overlap, but no selector selects both slots: ${reason}.`,
    hint: 'Give the pods of both slots the same label, such as app, or set switch.mode to atomic.',
    result: 'refused' as const,
  }),
  STEPS_IMPOSSIBLE: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} is to go in steps, but one of its routes cannot give green a share: ${reason}.`,
    hint: 'Route by an HTTPRoute, a GRPCRoute or a VirtualService with a Service for each slot, or set switch.mode to atomic or overlap.',
    result: 'refused' as const,
  }),
  ROUTE_UNSUPPORTED: ({ route }: { route: string }) => ({
    message: `Routes such as ${route} are not supported.`,
    hint: 'Name a service, an httproute, a grpcroute, an ingress or a virtualservice, such as service/NAME.',
    result: 'invalid' as const,
  }),
  ROUTE_NOT_FOUND: ({ of, namespace, name }: { of: string; namespace: string; name: string }) => ({
    message: `There is no ${of} ${name} in namespace ${namespace}, and the manifest does not define one.`,
    hint: `Correct the name or the namespace, or add the ${of} to the manifest: then the first release creates it.`,
    result: 'refused' as const,
  }),
  NO_BACKENDS: ({ route, slots }: Backed) => ({
    message: `Nothing in ${route} leads to ${slots.join(' or ')}: it names no Service of theirs that gets traffic.`,
    hint: 'Name a Service in it that has the name of a slot, or that selects the pods of the live slot.',
    result: 'refused' as const,
  }),
  BACKEND_MISSING: ({ route, slot, service }: { slot: string; service: string } & Backed) => ({
    message: `${route} cannot lead to ${slot}: there is no Service ${service}, or no subset ${slot} of it, and nothing to make it from.`,
    hint: `Create a Service called ${slot} that selects its pods, or add a subset ${slot} with the label cutover/slot: ${slot} to the DestinationRule.`,
    result: 'refused' as const,
  }),
  BACKENDS_AMBIGUOUS: ({ route, slot, services }: { route: string; slot: string; services: readonly string[] }) => ({
    message: `${route} leads to ${slot} by several Services: ${services.join(', ')}.`,
    hint: `Let it lead to each slot by one Service, or call the right one ${slot}.`,
    result: 'refused' as const,
  }),
  NO_PREVIEW: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} cannot be reached in private: ${reason}.`,
    hint: 'Declare the port in the Service or in the container.',
  }),
});

/** Failures after which a write may or may not have taken effect. */
export function isUncertain(thrown: unknown): thrown is Failure {
  return hasCode(thrown, 'ANSWER_LOST', 'SERVER_ERROR', 'TRUNCATED', 'NOT_JSON');
}
