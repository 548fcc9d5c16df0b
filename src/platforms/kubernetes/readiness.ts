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
import { isRolledOut, versionOf, wantedSize } from './workloads.js';

export interface Wanted {
  readonly slot: string;
  readonly namespace: string;
  readonly size: number;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/**
 * Yields the state at once, for two requests; then opens two watches and yields after each change, and when a trouble
 * has lasted long enough to be called hopeless. Ends with the signal's reason, or with the failure that ended a watch.
 */
export async function* watchReadiness(
  { client }: Context,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  const start = await look(client, wanted, signal);
  const symptoms = new Symptoms();
  let last = await judge(client, wanted, symptoms, start.workloads.items[0], start.pods.items, signal);
  yield last.state;
  const bell = new Bell();
  const view = new View(client, wanted, bell, signal);
  try {
    await view.open(start);
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
  readonly pods: List<Pod>;
}

async function look(client: Client, { namespace, slot }: Wanted, signal: AbortSignal): Promise<Look> {
  const nothing = { items: [], resourceVersion: '' };
  const workloads = (await client.list<Workload>(DEPLOYMENTS, namespace, byName(slot), signal)) ?? nothing;
  const workload = workloads.items[0];
  if (!workload) return { workloads, pods: nothing };
  return { workloads, pods: await listPodsBy(client, namespace, selectorQuery(workload.spec.selector), signal) };
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
  { size, version, slot }: Wanted,
  workload: Workload | undefined,
  pods: readonly Pod[],
  hopeless: string | undefined,
): Readiness {
  const alive = pods.filter(isAlive);
  const current = alive.filter(pod => isOfVersion(pod, version));
  const ready = current.filter(isReady).length;
  const asked = wantedSize(workload);
  const others = alive.length - current.length;
  const complete =
    workload !== undefined &&
    isRolledOut(workload) &&
    (version === undefined || versionOf(workload) === version) &&
    asked >= size &&
    ready === asked &&
    others === 0;
  const unready = current.filter(pod => !isReady(pod));
  const missing = Math.max(0, asked - current.length);
  const parts = [
    `${ready}/${size} ready`,
    ...(workload ? [] : [`Deployment ${slot} does not exist`]),
    ...(workload && asked < size ? [`only ${asked} asked for`] : []),
    ...(unready.length ? [describeUnready(unready)] : []),
    ...(missing ? [`${missing} not created yet`] : []),
    ...(others ? [`${others} of another version`] : []),
    ...(!complete && ready === asked && asked >= size && others === 0 && workload
      ? ['waiting for the Deployment to say so']
      : []),
  ];
  return { wanted: size, ready, complete, text: parts.join(', '), hopeless: complete ? undefined : hopeless };
}

function isOfVersion(pod: Pod, version: string | undefined): boolean {
  return version === undefined || pod.metadata.annotations?.[VERSION_ANNOTATION] === version;
}

function byName(name: string) {
  return { fieldSelector: `metadata.name=${name}` };
}
