/** Why a slot is not ready, as a person would find out: conditions, container states, events and last lines. */
import type { Slot } from '../../release/model.js';
import { recordedMembers } from './belongings.js';
import type { Context, Site } from './context.js';
import { lastLines } from './diagnosis.js';
import { hasCode } from './failures.js';
import { selectorQuery } from './labels.js';
import { readMembers } from './members.js';
import type { Condition, ContainerStatus, KubernetesObject, Pod, Workload } from './objects.js';
import { isOfSlot, isReady, listPodsBy } from './pods.js';
import { EVENTS } from './resources.js';
import { readWorkload, slotKinds } from './workloads.js';

/** Pods of one template fail alike: more of them say the same again. */
const PODS_SHOWN = 3;
const EVENTS_SHOWN = 5;

interface Event extends KubernetesObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
}

/** One line each. Words of the cluster and of its programs are as they came; who shows them makes them inert. */
export async function explainSlot(
  context: Context,
  { namespace, manifest }: Site,
  slot: Slot,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { client } = context;
  const kinds = slotKinds(manifest);
  const main = await readWorkload(client, namespace, slot, signal, kinds);
  const kind = kinds[0]?.kind ?? 'workload';
  if (!main) return [`There is no ${kind} ${slot} in namespace ${namespace}.`];
  const members = await readMembers(client, namespace, recordedMembers(main), signal);
  const lines = [main, ...members].map(workload => explainWorkload(context, namespace, workload, signal));
  return (await Promise.all(lines)).flat();
}

async function explainWorkload(
  context: Context,
  namespace: string,
  workload: Workload,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { kind, metadata, spec, status } = workload;
  const { items } = await listPodsBy(context.client, namespace, selectorQuery(spec.selector), signal);
  const own = items.filter(pod => isOfSlot(pod, metadata.name));
  const unready = own.filter(pod => !isReady(pod));
  const shown = unready.slice(0, PODS_SHOWN);
  const pods = await Promise.all(shown.map(pod => explainPod(context, namespace, pod, signal)));
  const rest = unready.length - shown.length;
  const about = shown.length === 0 ? await eventLines(context, namespace, metadata.name, signal) : [];
  return [
    ...conditionLines(`${kind} ${metadata.name}`, status?.conditions ?? [], ['ReplicaFailure']),
    ...about,
    ...pods.flat(),
    ...(rest > 0 ? [`${rest} more of ${own.length} pods are not ready.`] : []),
  ];
}

async function explainPod(
  context: Context,
  namespace: string,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name } = pod.metadata;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const [events, ...logs] = await Promise.all([
    eventLines(context, namespace, name, signal),
    ...statuses.filter(status => !status.ready).map(status => logLines(context, namespace, name, status, signal)),
  ]);
  return [
    ...conditionLines(`Pod ${name}`, pod.status?.conditions ?? [], []),
    ...statuses.flatMap(status => statusLines(name, status)),
    ...events,
    ...logs.flat(),
  ];
}

/** Conditions that are not as they should be; `bad` ones are those that should be False. */
function conditionLines(what: string, conditions: readonly Condition[], bad: readonly string[]): readonly string[] {
  return conditions
    .filter(({ type, status }) => status === (bad.includes(type) ? 'True' : 'False'))
    .map(({ type, status, reason, message }) => `${what}: ${type} is ${status}${words(reason, message)}`);
}

function statusLines(pod: string, { name, state, lastState, restartCount = 0 }: ContainerStatus): readonly string[] {
  const what = `Pod ${pod}, container ${name}`;
  const ended = state?.terminated ?? lastState?.terminated;
  return [
    ...(state?.waiting ? [`${what}: waiting${words(state.waiting.reason, state.waiting.message)}`] : []),
    ...(ended
      ? [
          `${what}: ended with exit code ${ended.exitCode ?? '?'}${words(ended.reason, ended.message)}, ${restartCount} restarts`,
        ]
      : []),
  ];
}

async function eventLines(
  { client }: Context,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const query = { fieldSelector: `involvedObject.name=${name}`, limit: '100' };
    const list = await client.list<Event>(EVENTS, namespace, query, signal);
    const warnings = (list?.items ?? []).filter(({ type }) => type === 'Warning');
    const newest = [...warnings].sort((one, other) =>
      (one.lastTimestamp ?? '').localeCompare(other.lastTimestamp ?? ''),
    );
    return newest
      .slice(-EVENTS_SHOWN)
      .map(
        ({ reason, message, count = 1 }) =>
          `Event of ${name}${words(reason, message)}${count > 1 ? `, ${count} times` : ''}`,
      );
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN')) throw error;
    return [`Events of ${name} may not be listed with these credentials.`];
  }
}

async function logLines(
  { client }: Context,
  namespace: string,
  pod: string,
  { name: container, state, lastState }: ContainerStatus,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!state?.running && !state?.terminated && !lastState?.terminated) return []; // it never wrote anything
  const previous = lastState?.terminated !== undefined && !state?.terminated;
  const text = await lastLines(client, namespace, { pod, container, previous }, signal);
  return text === '' ? [] : text.split('\n').map(line => `Pod ${pod}, container ${container} wrote: ${line}`);
}

function words(reason: string | undefined, message: string | undefined): string {
  const said = [reason, message?.trim()].filter(Boolean).join(': ');
  return said === '' ? '' : ` (${said.replace(/\s+/g, ' ')})`;
}
