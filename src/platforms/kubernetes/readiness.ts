/** How far a slot is: its workload's status and its pods, watched. */
import type { Readiness } from '../../release/model.js';
import { Bell } from './bell.js';
import type { Client, List } from './client.js';
import { Collection } from './collection.js';
import type { Context } from './context.js';
import { type Diagnosis, describeUnready, lastLines, Symptoms } from './diagnosis.js';
import { selectorQuery, VERSION_ANNOTATION } from './labels.js';
import type { Pod, Workload } from './objects.js';
import { isAlive, isOfSlot, isReady, listPodsBy } from './pods.js';
import { DEPLOYMENTS, PODS } from './resources.js';
import { conditionOf, isRolledOut, versionOf, wantedSize } from './workloads.js';

export interface Wanted {
  readonly slot: string;
  readonly namespace: string;
  readonly size: number;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/**
 * Yields the state at once: for one request when the workload says that all is there, else for two. Then opens two
 * watches and yields after each change, and when a trouble has lasted long enough to be called hopeless. Ends with the
 * signal's reason, or with the failure that ended a watch.
 */
export async function* watchReadiness(
  { client }: Context,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  const start = await look(client, wanted, signal);
  const symptoms = new Symptoms();
  const [workload] = start.workloads.items;
  const settled = start.pods === undefined && workload ? saidComplete(wanted, workload) : undefined;
  let last = settled ?? (await judge(client, wanted, symptoms, workload, start.pods?.items ?? [], signal));
  yield last.state;
  const bell = new Bell();
  const view = new View(client, wanted, bell, signal);
  try {
    await view.open(start);
    if (settled) bell.ring(); // its pods have been listed only now
    while (true) {
      await bell.heardOrDue(client.clock, last.lookAgainInMs, signal);
      const before = JSON.stringify(last.state);
      last = await judge(client, wanted, symptoms, await view.workload(), view.pods(), signal);
      if (JSON.stringify(last.state) !== before) yield last.state;
    }
  } finally {
    await view.close();
  }
}

interface Look {
  readonly workloads: List<Workload>;
  /** Undefined: not asked for, since the workload's own status tells enough. */
  readonly pods: List<Pod> | undefined;
}

async function look(client: Client, wanted: Wanted, signal: AbortSignal): Promise<Look> {
  const { namespace, slot } = wanted;
  const nothing = { items: [], resourceVersion: '' };
  const workloads = (await client.list<Workload>(DEPLOYMENTS, namespace, byName(slot), signal)) ?? nothing;
  const [workload] = workloads.items;
  if (!workload) return { workloads, pods: nothing };
  if (isAsWanted(wanted, workload)) return { workloads, pods: undefined };
  return { workloads, pods: await listPodsBy(client, namespace, selectorQuery(workload.spec.selector), signal) };
}

/** All pods are made from the current template, which has the wanted version, and all of them are available. */
function isAsWanted({ size, version }: Wanted, workload: Workload): boolean {
  const isVersion = version === undefined || versionOf(workload) === version;
  return isVersion && isRolledOut(workload) && wantedSize(workload) >= size;
}

function saidComplete({ size }: Wanted, workload: Workload): Judged {
  const ready = wantedSize(workload);
  const state = { wanted: size, ready, complete: true, text: `${ready}/${size} ready`, hopeless: undefined };
  return { state, lookAgainInMs: undefined };
}

/** A workload and its pods, kept up to date. Pods can only be asked for once the workload says how. */
class View {
  private readonly client: Client;
  private readonly wanted: Wanted;
  private readonly common: { readonly namespace: string; readonly changed: () => void; readonly signal: AbortSignal };
  private workloads: Collection<Workload> | undefined;
  private podCollection: Collection<Pod> | undefined;
  private selector: string | undefined;

  constructor(client: Client, wanted: Wanted, bell: Bell, signal: AbortSignal) {
    this.client = client;
    this.wanted = wanted;
    this.common = { namespace: wanted.namespace, changed: bell.ring, signal };
  }

  async open(start: Look): Promise<void> {
    const query = byName(this.wanted.slot);
    const options = { ...this.common, resource: DEPLOYMENTS, query, start: start.workloads };
    this.workloads = await Collection.open<Workload>(this.client, options);
    await this.openPods(start.workloads.items[0], start.pods);
  }

  async workload(): Promise<Workload | undefined> {
    const workload = this.workloads?.items()[0];
    await this.openPods(workload, undefined);
    return workload;
  }

  pods(): readonly Pod[] {
    return this.podCollection?.items() ?? [];
  }

  async close(): Promise<void> {
    await this.workloads?.[Symbol.asyncDispose]();
    await this.podCollection?.[Symbol.asyncDispose]();
  }

  private async openPods(workload: Workload | undefined, start: List<Pod> | undefined): Promise<void> {
    const selector = workload && selectorQuery(workload.spec.selector);
    if (selector === undefined || selector === this.selector) return;
    await this.podCollection?.[Symbol.asyncDispose]();
    const options = { ...this.common, resource: PODS, query: { labelSelector: selector }, start };
    this.podCollection = await Collection.open<Pod>(this.client, options);
    this.selector = selector;
  }
}

interface Judged {
  readonly state: Readiness;
  readonly lookAgainInMs: number | undefined;
}

async function judge(
  client: Client,
  wanted: Wanted,
  symptoms: Symptoms,
  workload: Workload | undefined,
  matched: readonly Pod[],
  signal: AbortSignal,
): Promise<Judged> {
  const pods = matched.filter(pod => isOfSlot(pod, wanted.slot));
  const diagnosis = symptoms.diagnose(
    workload,
    pods.filter(pod => isOfVersion(pod, wanted.version)),
    client.clock.now(),
  );
  const { crashed, lookAgainInMs } = diagnosis;
  const lines = crashed ? await lastLines(client, wanted.namespace, crashed, signal) : '';
  return { state: readinessOf(wanted, workload, pods, hopelessText(diagnosis, lines)), lookAgainInMs };
}

function hopelessText({ hopeless }: Diagnosis, lines: string): string | undefined {
  if (hopeless === undefined || lines === '') return hopeless;
  return `${hopeless}; its last lines: ${lines
    .split('\n')
    .map(line => JSON.stringify(line))
    .join(' ')}`;
}

/** Pure: the state of a slot from its workload and its pods. */
export function readinessOf(
  wanted: Wanted,
  workload: Workload | undefined,
  pods: readonly Pod[],
  hopeless: string | undefined,
): Readiness {
  const { size, version, slot } = wanted;
  const alive = pods.filter(isAlive);
  const current = alive.filter(pod => isOfVersion(pod, version));
  const ready = current.filter(isReady).length;
  const asked = wantedSize(workload);
  const others = alive.length - current.length;
  const complete = workload !== undefined && isAsWanted(wanted, workload) && ready === asked && others === 0;
  const unready = current.filter(pod => !isReady(pod));
  const missing = Math.max(0, asked - alive.length);
  const parts = [
    `${ready}/${size} ready`,
    ...(workload ? [] : [`Deployment ${slot} does not exist`]),
    ...(workload && asked < size ? [`only ${asked} asked for`] : []),
    ...(unready.length ? [describeUnready(unready)] : []),
    ...(missing ? [`${missing} not created yet${refusalText(workload)}`] : []),
    ...(others ? [`${others} of another version`] : []),
    ...(!complete && ready === asked && asked >= size && others === 0 && workload
      ? ['waiting for the Deployment to say so']
      : []),
  ];
  return { wanted: size, ready, complete, text: parts.join(', '), hopeless: complete ? undefined : hopeless };
}

/** Why the next pod is not created, in the server's words: a quota, for one. */
function refusalText(workload: Workload | undefined): string {
  const failing = workload && conditionOf(workload, 'ReplicaFailure');
  return failing?.status === 'True' && failing.message ? ` (${failing.message})` : '';
}

function isOfVersion(pod: Pod, version: string | undefined): boolean {
  return version === undefined || pod.metadata.annotations?.[VERSION_ANNOTATION] === version;
}

function byName(name: string) {
  return { fieldSelector: `metadata.name=${name}` };
}
