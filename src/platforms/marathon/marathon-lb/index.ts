/** Marathon with marathon-lb: routing by the labels of apps, instances exchanged a few at a time. */
import type { TargetConfig } from '../../../config/schema.js';
import { failure } from '../../../failures.js';
import { stoppable } from '../../../lib/stoppable.js';
import { together } from '../../../lib/together.js';
import type {
  Change,
  Finding,
  Readiness,
  Routing,
  Slot,
  Snapshot,
  SwitchEvidence,
  TargetPlan,
} from '../../../release/model.js';
import type { Batches, Proposal, RecordStore, Roles, StillHeld, TeardownHow } from '../../port.js';
import { appId, readApp } from '../apps.js';
import { batchesOf } from '../batches.js';
import { type Context, definitionOf } from '../context.js';
import { MarathonPlatform } from '../index.js';
import type { App } from '../objects.js';
import { type Wanted, watchReadiness } from '../readiness.js';

import { added, type Count, oldProcesses } from '../sessions.js';
import { RENDERED_WITHIN_MS, tearDown } from '../teardown.js';
import { looks } from '../waiting.js';
import { publishedBatches, slotOf } from './batches.js';
import { confirmServed, readPair } from './confirmation.js';
import { isPublished } from './labels.js';
import { observeApps, proposeExchange, snapshotOfApps } from './observation.js';
import { findingsOfApps } from './preflight.js';
import { deployPrivately, publish } from './publication.js';
import { DOCUMENTS } from './routes.js';
import { lookAtPorts, rowOf, tasksOut } from './servers.js';
import { makeNew } from './sharing.js';

export class MarathonLbPlatform extends MarathonPlatform {
  override readonly batches: Batches;

  constructor(context: Context, records: RecordStore) {
    super(context, records);
    this.batches = publishedBatches(context, batchesOf(context));
  }

  override inspect(target: TargetConfig, signal: AbortSignal): Promise<Snapshot> {
    return together(signal, async own => snapshotOfApps(await observeApps(this.context, target, own)));
  }

  override propose(target: TargetConfig, snapshot: Snapshot, roles: Roles, signal: AbortSignal): Promise<Proposal> {
    return together(signal, async own =>
      proposeExchange(await observeApps(this.context, target, own), snapshot.routing, roles),
    );
  }

  override preflight(target: TargetConfig, plan: TargetPlan, signal: AbortSignal): Promise<readonly Finding[]> {
    return together(signal, async own =>
      findingsOfApps(this.context, await observeApps(this.context, target, own), plan, own),
    );
  }

  override understand(routing: Routing): void {
    DOCUMENTS.readAll(routing);
  }

  override deploy(
    target: TargetConfig,
    plan: TargetPlan,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return together(signal, async own => {
      const prove = (app: App) => proveOut(this.context, target, plan.green, app, own);
      return deployPrivately(this.context, await definitionOf(this.context, target), plan, prove, own, held);
    });
  }

  override readiness(
    _target: TargetConfig,
    slot: Slot,
    wanted: Pick<Wanted, 'size' | 'version'>,
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    return stoppable(signal, async own =>
      stoppedOnTheWay(this.context, slot, watchReadiness(this.context, { ...wanted, slot }, own), own),
    );
  }

  override pending(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Count> {
    return together(signal, own => countAtPorts(this.context, target, slot, own));
  }

  /** marathon-lb does not say where users reach it. */
  override async live(): Promise<undefined> {
    return undefined;
  }

  override route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]> {
    return together(signal, own => lead(this.context, target, from, to, own, held));
  }

  override confirm(target: TargetConfig, _routing: Routing, slot: Slot, signal: AbortSignal) {
    return together(signal, own => confirmServed(this.context, target, slot, false, own));
  }

  override teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return together(signal, own => tearDown(this.context, target, slot, how, own, held, proveOut));
  }
}

/** All traffic to one slot: published where it is not, and preferred to the other one, whose instances then leave. */
async function lead(
  context: Context,
  target: TargetConfig,
  from: Routing,
  to: Routing,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly SwitchEvidence[]> {
  const slot = slotOf(to);
  if (slot === undefined) return [];
  const other = appId(target.slots.blue) === appId(slot) ? target.slots.green : target.slots.blue;
  const begun = context.client.clock.now();
  const [app, otherApp] = await readPair(context, target, slot, signal);
  const published = await publish(context, slot, app?.instances ?? 0, other, signal, held);
  if (published === undefined) await makeNew(context, appId(slot), appId(other), signal, held);
  // That its size was brought back may have been enough for marathon-lb: traffic came back to it by that all the same.
  if (published === undefined && !(otherApp && isPublished(otherApp) && otherApp.instances > 0)) return [];
  const answeredInMs = context.client.clock.now() - begun;
  return to.routes.map(({ route, text }, index) => ({
    target: target.name,
    route,
    from: from.routes[index]?.text ?? 'nothing',
    to: text,
    at: begun,
    answeredInMs,
  }));
}

/** No load balancer sends new requests to an instance of it, looked at for a while. Throws STILL_LIVE. */
async function proveOut(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  app: App,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = context.client;
  const limit = clock.now() + RENDERED_WITHIN_MS;
  for await (const _ of looks(context, signal)) {
    const seen = await lookAtPorts(context, target, signal);
    const now = (await readApp(context.client, app.id, signal)) ?? app;
    const out = 'ports' in seen ? tasksOut(now, seen.ports).length : -1;
    if (out === (now.tasks ?? []).length) return;
    if (clock.now() < limit) continue;
    const reason = 'problem' in seen ? seen.problem : 'a load balancer sends it requests';
    throw failure('STILL_LIVE', { slot, reason });
  }
}

/** Sessions of the slot's servers, and one for each old process of a load balancer. */
async function countAtPorts(context: Context, target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Count> {
  const seen = await lookAtPorts(context, target, signal);
  if ('problem' in seen) return seen;
  const app = await readApp(context.client, appId(slot), signal);
  const rows = seen.ports.flatMap(at => (app?.tasks ?? []).flatMap(task => (app && rowOf(app, task, at)) ?? []));
  const value = rows.reduce((sum, { sessions, queued }) => sum + sessions + queued, 0);
  const old = context.section['load-balancers'].map(url => oldProcesses(context, url, signal));
  return added([{ value }, ...(await Promise.all(old))]);
}

/** A run before this one stopped between ending green's private instances and giving it the labels. */
async function* stoppedOnTheWay(
  { client }: Context,
  slot: Slot,
  states: AsyncIterable<Readiness>,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  for await (const state of states) {
    const app = state.complete ? undefined : await readApp(client, appId(slot), signal);
    const isStopped = app !== undefined && app.instances === 0 && !isPublished(app);
    const hopeless = 'it was stopped by a run before this one, on its way to its labels; the next run begins anew';
    yield isStopped ? { ...state, hopeless } : state;
  }
}
