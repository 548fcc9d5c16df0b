/** Marathon, with Edge-LB unless the router is another one: a thin layer from the port to the nouns of this folder. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TargetConfig } from '../../config/schema.js';
import { request } from '../../lib/http.js';
import { stoppable } from '../../lib/stoppable.js';
import { together } from '../../lib/together.js';
import { writeRoutes } from '../../lib/write-routes.js';
import type {
  Change,
  Readiness,
  Routing,
  Slot,
  Snapshot,
  SwitchEvidence,
  TargetPlan,
  Verdict,
} from '../../release/model.js';
import { Observing, type Planned } from '../observing.js';
import type {
  Batches,
  Endpoint,
  InstanceAnswer,
  InstanceQuestion,
  Platform,
  PlatformSettings,
  RecordStore,
  Roles,
  StillHeld,
  TeardownHow,
} from '../port.js';
import { appId, groupOf } from './apps.js';
import { batchesOf } from './batches.js';
import { Client } from './client.js';
import { confirmRouting } from './confirmation.js';
import { type Context, definitionOf } from './context.js';
import { authorizationOf } from './credentials.js';
import { deployGreen, scaleSlot } from './deployment.js';
import { listenerOf } from './events.js';
import { explainSlot } from './explanation.js';
import { marathonFailure } from './failures.js';
import { type Observation, observe, snapshotOf } from './observation.js';
import { findingsOf } from './preflight/index.js';
import { closePreview, openPreview, previewOf } from './preview.js';
import { propose, requireSteps } from './proposal.js';
import { askInstances, liveEndpoint, previewSlot } from './reach.js';
import { type Wanted, watchReadiness } from './readiness.js';
import { recordsOf } from './records.js';
import { DOCUMENTS, documentOf } from './routes.js';
import { type Count, countSessions } from './sessions.js';
import { writeRoute } from './switching.js';
import { tearDown } from './teardown.js';

export { examine } from './examination.js';

/** Reads the credentials; contacts nothing. Throws MARATHON_SETTINGS. */
export async function open(settings: PlatformSettings): Promise<Platform> {
  const { marathon: section, workspace, clock, mask, log } = settings;
  if (!section) throw marathonFailure('MARATHON_SETTINGS', { reason: 'it is missing' });
  const ca = section.ca === undefined ? undefined : await readAuthority(section.ca, workspace);
  const tls = ca === undefined ? undefined : { ca };
  const send = (wanted: Parameters<typeof request>[0]) => request({ ...wanted, tls });
  const login = (wanted: Omit<Parameters<typeof request>[0], 'timeoutMs'>) => send({ ...wanted, timeoutMs: 30_000 });
  const authorization = await authorizationOf({ section, workspace, clock, mask: secret => mask(secret), send: login });
  const edgeLb = section['edge-lb-url'] ?? (section.url && `${section.url}/service/edgelb`);
  const client = new Client({
    marathon: section['marathon-url'] ?? `${section.url}/service/marathon`,
    edgeLb,
    authorization,
    clock,
    debug: text => log.debug(text),
    send,
  });
  const ask: Context['ask'] = wanted => request({ method: 'GET', freshConnection: true, ...wanted });
  const context: Context = { client, settings, section, events: listenerOf(client, ca), ask };
  const [first] = settings.targets ?? [];
  const records = recordsOf(client, first ? groupOf(appId(first.slots.blue)) : '');
  if (section.router !== 'marathon-lb') return new MarathonPlatform(context, records);
  if (section['load-balancers'].length === 0) {
    const reason = 'load-balancers is empty, and who is out of a marathon-lb is known from its statistics alone';
    throw marathonFailure('MARATHON_SETTINGS', { reason });
  }
  const { MarathonLbPlatform } = await import('./marathon-lb/index.js');
  return new MarathonLbPlatform(context, records);
}

async function readAuthority(given: string, workspace: string): Promise<string> {
  if (given.includes('-----BEGIN')) return given;
  try {
    return await readFile(resolve(workspace, given), 'utf8');
  } catch (cause) {
    throw marathonFailure('MARATHON_SETTINGS', { reason: `ca names ${given}, which cannot be read` }, { cause });
  }
}

export class MarathonPlatform extends Observing<Observation> implements Platform {
  readonly id = 'marathon';
  readonly records: RecordStore;
  readonly batches: Batches;
  protected readonly context: Context;

  constructor(context: Context, records: RecordStore) {
    super();
    this.context = context;
    this.records = records;
    this.batches = batchesOf(context);
  }

  protected observe(target: TargetConfig, signal: AbortSignal): Promise<Observation> {
    return observe(this.context, target, signal);
  }

  protected snapshotOf(observation: Observation): Snapshot {
    return snapshotOf(observation);
  }

  protected async proposalOf(observation: Observation, _target: TargetConfig, previous: Routing, roles: Roles) {
    requireSteps(observation, roles);
    return propose(observation, previous, roles);
  }

  protected findingsOf(observation: Observation, { plan, journey }: Planned, signal: AbortSignal) {
    return findingsOf(this.context, observation, plan, signal, journey);
  }

  understand(routing: Routing): void {
    DOCUMENTS.readAll(routing);
  }

  /**
   * Neither Marathon nor Edge-LB knows a write with a condition, so there is none to break. What protects is that the
   * record is asked for between the read and the write of everything that could hurt; docs/dcos.md says what is left.
   */
  async fence(): Promise<void> {}

  deploy(target: TargetConfig, plan: TargetPlan, signal: AbortSignal, held?: StillHeld): Promise<readonly Change[]> {
    return together(signal, async own =>
      deployGreen(this.context, await definitionOf(this.context, target), plan, own, held),
    );
  }

  scale(_target: TargetConfig, slot: Slot, size: number, signal: AbortSignal): Promise<readonly Change[]> {
    return together(signal, own => scaleSlot(this.context, slot, size, own));
  }

  readiness(
    _target: TargetConfig,
    slot: Slot,
    wanted: Pick<Wanted, 'size' | 'version'>,
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    return stoppable(signal, async own => watchReadiness(this.context, { ...wanted, slot }, own));
  }

  explain(_target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<readonly string[]> {
    return together(signal, own => explainSlot(this.context, slot, own));
  }

  preview(target: TargetConfig, slot: Slot, signal: AbortSignal, held?: StillHeld): Promise<Endpoint> {
    const place = previewOf(target);
    return together(signal, own =>
      // Where nothing may be written, as to reach a blue that green is compared with, it is straight to the instances.
      place && held
        ? openPreview(this.context, target, slot, place, own, held)
        : previewSlot(this.context, target, slot, own),
    );
  }

  ask(
    target: TargetConfig,
    slot: Slot,
    question: InstanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly InstanceAnswer[]> {
    return together(signal, own => askInstances(this.context, target, slot, question, own));
  }

  pending(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Count> {
    return together(signal, own => countSessions(this.context, target, slot, own));
  }

  live(target: TargetConfig, signal: AbortSignal): Promise<Endpoint | undefined> {
    return together(signal, own => liveEndpoint(this.context, target, own));
  }

  route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]> {
    const isReturn = to.routes.every(wanted => documentOf(wanted).demand === 'restore');
    return together(signal, own =>
      writeRoutes(
        { from, to, isReturn },
        (before, wanted) => writeRoute(this.context.client, target.name, before, wanted, own, held),
        own,
      ),
    );
  }

  confirm(target: TargetConfig, routing: Routing, slot: Slot, signal: AbortSignal): Promise<Verdict> {
    return together(signal, own => confirmRouting(this.context, target, routing, slot, own));
  }

  /** Nothing is held back on the way: green has its final definition from the beginning. */
  async settle(target: TargetConfig, _plan: TargetPlan, signal: AbortSignal): Promise<readonly Change[]> {
    await together(signal, own => closePreview(this.context, target, own));
    return [];
  }

  teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return together(signal, async own => {
      await closePreview(this.context, target, own, held);
      return await tearDown(this.context, target, slot, how, own, held);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
