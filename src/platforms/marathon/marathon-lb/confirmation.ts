/** Whether every marathon-lb serves one slot and nobody else, or an exchange of instances as far as it is. */
import type { TargetConfig } from '../../../config/schema.js';
import { count } from '../../../lib/units.js';
import type { Slot, Verdict } from '../../../release/model.js';
import { appId, readApp } from '../apps.js';
import type { Context } from '../context.js';
import type { App, Task } from '../objects.js';
import { healthyTasks, isAtWork } from '../tasks.js';
import { isPublished } from './labels.js';
import { isServed, lookAtPorts, type PortRows, rowOf, strangers } from './servers.js';
import { isNew } from './sharing.js';

const LOOK_AGAIN_MS = 500;

/** Both apps of a target, as they are now. */
export interface Pair {
  /** Whose healthy instances all have to be served. */
  readonly serving: App;
  readonly other: App | undefined;
  /** Whether instances of the other app may be served as well. */
  readonly isShared: boolean;
}

export async function readPair(
  { client }: Context,
  { slots }: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<readonly [App | undefined, App | undefined]> {
  const otherSlot = appId(slots.blue) === appId(slot) ? slots.green : slots.blue;
  return Promise.all([readApp(client, appId(slot), signal), readApp(client, appId(otherSlot), signal)]);
}

/** What was seen, and whether more looking will not change it. */
type Look = Verdict & { readonly isFinal?: true };

/** Looks until all load balancers follow, or the signal aborts: then what was seen last is the verdict. */
export async function confirmServed(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  isShared: boolean,
  signal: AbortSignal,
): Promise<Verdict> {
  let verdict: Look = { verdict: 'unknown', reason: 'nothing was seen' };
  try {
    for (;;) {
      verdict = await look(context, target, slot, isShared, signal);
      if (verdict.verdict === 'pass' || verdict.isFinal) return verdict;
      await context.client.clock.sleep(LOOK_AGAIN_MS, signal);
    }
  } catch (error) {
    if (signal.aborted) return verdict;
    throw error;
  }
}

async function look(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  isShared: boolean,
  signal: AbortSignal,
): Promise<Look> {
  // The rows first: an instance that starts in between is then in none of them, and not the other way round.
  const seen = await lookAtPorts(context, target, signal);
  if ('problem' in seen)
    return { verdict: 'unknown', reason: `not every load balancer could be asked: ${seen.problem}` };
  const [serving, other] = await readPair(context, target, slot, signal);
  const healthy = serving ? healthyTasks(serving).length : 0;
  if (!serving || healthy === 0) return { verdict: 'fail', reason: `no instance of ${slot} is healthy` };
  const isPreferred = !other || other.instances === 0 || !isPublished(other) || isNew(serving, other);
  const scaled = `${other?.id} was scaled by somebody else, so that marathon-lb prefers it`;
  if (!isPreferred) return { verdict: 'fail', reason: scaled, isFinal: true };
  const problem = servedProblem({ serving, other, isShared }, seen.ports);
  if (problem !== undefined) return { verdict: 'fail', reason: problem };
  const balancers = count(context.section['load-balancers'].length, 'load balancer');
  return { verdict: 'pass', reason: `${count(healthy, 'healthy instance')} of ${slot} served at ${balancers}` };
}

/** Pure: why the load balancers do not serve what they should; undefined when they do. */
export function servedProblem({ serving, other, isShared }: Pair, ports: readonly PortRows[]): string | undefined {
  for (const at of ports) {
    const missing = healthyTasks(serving).find(task => !isServed(serving, task, at));
    if (missing) return `the load balancer ${at.url} ${rowText(serving, missing, at)}`;
    const leaving = isShared ? [] : (other?.tasks ?? []).filter(isAtWork);
    const served = other && leaving.find(task => isServed(other, task, at));
    if (served) return `the load balancer ${at.url} still serves ${served.id}`;
  }
  const [strange] = strangers([serving, ...(other ? [other] : [])], ports);
  return strange && `the server ${strange} is an instance of neither slot`;
}

function rowText(app: App, task: Task, at: PortRows): string {
  const row = rowOf(app, task, at);
  return row ? `says that ${row.server} (${task.id}) is ${row.status}` : `does not have ${task.id} yet`;
}
