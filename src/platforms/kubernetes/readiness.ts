/** How far a slot is: its workload's status and its pods, watched. */

import { Bell } from '../../lib/bell.js';
import type { Readiness } from '../../release/model.js';
import type { Client, List } from './client.js';
import { Collection } from './collection.js';
import type { Context } from './context.js';
import { type Diagnosis, describeUnready, lastLines, Symptoms } from './diagnosis.js';
import { selectorQuery, VERSION_ANNOTATION } from './labels.js';
import type { Pod, Workload } from './objects.js';
import { isAlive, isOfSlot, isReady } from './pods.js';
import { PODS, type Resource } from './resources.js';
import { conditionOf, isGoing, isRolledOut, readySize, versionOf, wantedSize } from './workloads.js';

/** One workload, and how it is wanted. */
export interface Wanted {
  readonly name: string;
  readonly namespace: string;
  readonly resource: Resource;
  /** Undefined: as many as the workload itself asks for. */
  readonly size: number | undefined;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/** A workload that was just listed; it saves the first request. */
export type Listed = List<Workload>;

/** What a workload says of itself is enough where all goes well; pods are asked for when it does not for this long. */
const PODS_AFTER_MS = 2_000;

/**
 * Yields the state at once, for one request, then watches the workload and yields after each change. Its pods are
 * listed and watched as well once it has been incomplete for a while; troubles that have lasted are called hopeless. Ends
 * with the signal's reason, or with the failure that ended a watch.
 */
export async function* watchReadiness(
  { client }: Context,
  wanted: Wanted,
  signal: AbortSignal,
  listed?: Listed,
): AsyncGenerator<Readiness> {
  const start = listed ?? (await listWorkload(client, wanted, signal));
  const symptoms = new Symptoms();
  const bell = new Bell();
  await using view = new View(client, wanted, bell, signal);
  let last = readinessByStatus(wanted, start.items[0]);
  yield last.state;
  await view.open(start);
  let incompleteSince = last.state.complete ? undefined : client.clock.now();
  while (true) {
    const podsDueInMs =
      incompleteSince === undefined || view.hasPods
        ? last.lookAgainInMs
        : Math.max(0, incompleteSince + PODS_AFTER_MS - client.clock.now());
    await bell.heardOrDue(client.clock, podsDueInMs, signal);
    const before = JSON.stringify(last.state);
    const workload = view.workload();
    const isLong = incompleteSince !== undefined && client.clock.now() - incompleteSince >= PODS_AFTER_MS;
    const pods = isLong || view.hasPods ? await view.pods(workload) : undefined;
    last = pods ? await judge(client, wanted, symptoms, workload, pods, signal) : readinessByStatus(wanted, workload);
    incompleteSince = last.state.complete ? undefined : (incompleteSince ?? client.clock.now());
    if (JSON.stringify(last.state) !== before) yield last.state;
  }
}

export async function listWorkload(
  client: Client,
  { resource, namespace, name }: Pick<Wanted, 'resource' | 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<Listed> {
  return (await client.list<Workload>(resource, namespace, byName(name), signal)) ?? { items: [], resourceVersion: '' };
}

/** All pods are made from the current template, which has the wanted version, and all of them are available. */
function isAsWanted({ size, version }: Wanted, workload: Workload): boolean {
  const isVersion = version === undefined || versionOf(workload) === version;
  return isVersion && !isGoing(workload) && isRolledOut(workload) && wantedSize(workload) >= (size ?? 0);
}

/** What can be said without its pods. */
function readinessByStatus(wanted: Wanted, workload: Workload | undefined): Judged {
  const { name, resource, version } = wanted;
  const asked = wantedSize(workload);
  const size = wanted.size ?? asked;
  const isVersion = version === undefined || versionOf(workload) === version;
  const complete = workload !== undefined && isAsWanted(wanted, workload);
  const ready = isVersion ? Math.min(readySize(workload), asked) : 0;
  const parts = [
    `${ready}/${size} ready`,
    ...(workload ? [] : [`${resource.kind} ${name} does not exist`]),
    ...(workload && isGoing(workload) ? [`${resource.kind} ${name} is being deleted`] : []),
    ...(workload && asked < size ? [`only ${asked} asked for`] : []),
    ...(workload && !isVersion ? [`${workload.status?.replicas ?? 0} of another version`] : []),
  ];
  const state = { wanted: size, ready, complete, text: parts.join(', '), hopeless: undefined };
  return { state, lookAgainInMs: undefined };
}

/** A workload and, once they are asked for, its pods, kept up to date. */
class View implements AsyncDisposable {
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

  get hasPods(): boolean {
    return this.podCollection !== undefined;
  }

  async open(start: Listed): Promise<void> {
    const { resource, name } = this.wanted;
    const options = { ...this.common, resource, query: byName(name), start };
    this.workloads = await Collection.open<Workload>(this.client, options);
  }

  workload(): Workload | undefined {
    return this.workloads?.items()[0];
  }

  /** Lists and watches them at the first call, and again when the workload selects others. */
  async pods(workload: Workload | undefined): Promise<readonly Pod[]> {
    const selector = workload && selectorQuery(workload.spec.selector);
    if (selector !== undefined && selector !== this.selector) {
      await this.podCollection?.[Symbol.asyncDispose]();
      const options = { ...this.common, resource: PODS, query: { labelSelector: selector } };
      this.podCollection = await Collection.open<Pod>(this.client, options);
      this.selector = selector;
    }
    return this.podCollection?.items() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workloads?.[Symbol.asyncDispose]();
    await this.podCollection?.[Symbol.asyncDispose]();
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
  const pods = matched.filter(pod => isOfSlot(pod, wanted.name));
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
  const { version, name, resource } = wanted;
  const size = wanted.size ?? wantedSize(workload);
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
    ...(workload ? [] : [`${resource.kind} ${name} does not exist`]),
    ...(workload && isGoing(workload) ? [`${resource.kind} ${name} is being deleted`] : []),
    ...(workload && asked < size ? [`only ${asked} asked for`] : []),
    ...(unready.length ? [describeUnready(unready)] : []),
    ...(missing ? [`${missing} not created yet${refusalText(workload)}`] : []),
    ...(others ? [`${others} of another version`] : []),
    ...(!complete && ready === asked && asked >= size && others === 0 && workload
      ? [`waiting for the ${resource.kind} to say so`]
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
