/** Admission webhooks that fail closed and that nobody answers: they would refuse the writes of the release. */
import type { Finding } from '../../../release/model.js';
import { hasCode } from '../failures.js';
import { selectorMatches } from '../labels.js';
import type { KubernetesObject, LabelSelector } from '../objects.js';
import { NAMESPACES, PODS, type Resource, resource } from '../resources.js';
import { listEndpoints, readyPodNames } from '../slices.js';
import { workloadResource } from '../workloads.js';
import type { Subjects } from './subjects.js';

const GROUP = 'admissionregistration.k8s.io';
const CONFIGURATIONS: readonly Resource[] = [
  resource('ValidatingWebhookConfiguration', GROUP, 'v1', 'validatingwebhookconfigurations', false),
  resource('MutatingWebhookConfiguration', GROUP, 'v1', 'mutatingwebhookconfigurations', false),
];

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly operations?: readonly string[];
}
interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly rules?: readonly Rule[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } };
}
interface Configuration extends KubernetesObject {
  readonly webhooks?: readonly Webhook[];
}

/** Two lists, and the endpoints of each webhook that stands in the way; none where they may not be listed. */
export async function webhookFindings(subjects: Subjects, signal: AbortSignal): Promise<readonly Finding[]> {
  const { look } = subjects;
  const lists = await Promise.all(CONFIGURATIONS.map(kind => look.all<Configuration>(kind)));
  const strict = lists
    .flat()
    .flatMap(({ metadata, webhooks = [] }) => webhooks.map(webhook => ({ configuration: metadata.name, webhook })))
    .filter(({ webhook }) => (webhook.failurePolicy ?? 'Fail') === 'Fail' && concerns(subjects, webhook));
  if (strict.length === 0) return [];
  const namespace = await namespaceLabels(subjects, signal);
  const found = await Promise.all(
    strict
      .filter(({ webhook }) => selectorMatches(webhook.namespaceSelector ?? {}, namespace))
      .map(({ configuration, webhook }) => deadFinding(subjects, configuration, webhook, signal)),
  );
  return found.flat();
}

/** Whether it is asked about pods or workloads, which every release writes. */
function concerns({ observation, greenLabels }: Subjects, { rules = [], objectSelector }: Webhook): boolean {
  const { manifest, workloads } = observation;
  const written = [manifest?.workload, ...workloads.values()].flatMap(one => (one ? [workloadResource(one)] : []));
  const kinds = [PODS, ...written];
  const isFor = ({ apiGroups = [], resources = [], operations = [] }: Rule) =>
    kinds.some(
      ({ group, plural }) =>
        has(apiGroups, group) && (has(resources, plural) || resources.includes('*/*')) && has(operations, 'CREATE'),
    );
  return rules.some(isFor) && selectorMatches(objectSelector ?? {}, greenLabels);
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

/** What namespaces always carry, and what this one does where that may be read. */
async function namespaceLabels({ observation, client }: Subjects, signal: AbortSignal) {
  const { namespace } = observation;
  const own = { 'kubernetes.io/metadata.name': namespace };
  try {
    return { ...own, ...(await client.get(NAMESPACES, undefined, namespace, signal))?.metadata.labels };
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN')) throw error;
    return own;
  }
}

async function deadFinding(
  { client, tell }: Subjects,
  configuration: string,
  { name, clientConfig }: Webhook,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const service = clientConfig?.service;
  if (!service) return [];
  try {
    const { list } = await listEndpoints(client, service.namespace, service.name, signal);
    if (readyPodNames(list.items).size > 0 || list.items.some(hasAddressesAlone)) return [];
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN')) throw error;
    return []; // whether anybody answers it cannot be seen
  }
  const where = `${service.namespace}/${service.name}`;
  const message = `The admission webhook ${name} (${configuration}) has to agree to the writes of this release, and its Service ${where} has no ready endpoint.`;
  const remedy = 'Bring the webhook up, or remove its configuration: until then the API refuses to create pods.';
  return [tell('error', 'WEBHOOK_DOWN', message, remedy)];
}

/** Endpoints that somebody keeps by hand name no pod. */
function hasAddressesAlone(object: KubernetesObject): boolean {
  const { endpoints } = object as { endpoints?: readonly { targetRef?: unknown; conditions?: { ready?: boolean } }[] };
  return (endpoints ?? []).some(one => one.targetRef === undefined && one.conditions?.ready !== false);
}
