/** The Mesos plan: a thin layer from the port to the nouns of this folder. */
import type { TargetConfig } from '../../config/schema.js';
import type { Revisions } from '../../lib/revisions.js';
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
import type { Endpoint, InstanceAnswer, InstanceQuestion, Platform, Roles, StillHeld, TeardownHow } from '../port.js';
import { confirmRouting } from './confirmation.js';
import { type Context, namespaceOf, readingOf } from './context.js';
import { deployGreen, scaleSlot } from './deployment.js';
import { explainSlot } from './explanation.js';
import { type Observation, observe, snapshotOf } from './observation.js';
import { findingsOf } from './preflight/index.js';
import { propose } from './proposal.js';
import { askInstances, previewSlot } from './reach.js';
import { type Wanted, watchReadiness } from './readiness.js';
import { DOCUMENTS, documentOf } from './routes.js';
import { writeRoute } from './switching.js';
import { tearDown } from './teardown.js';

export class MesosPlatform extends Observing<Observation> implements Platform {
  readonly id = 'bcs';
  readonly records: Revisions;
  private readonly context: Context;

  constructor(context: Context, records: Revisions) {
    super();
    this.context = context;
    this.records = records;
  }

  protected observe(target: TargetConfig, signal: AbortSignal): Promise<Observation> {
    return observe(this.context, target, signal);
  }

  protected snapshotOf(observation: Observation): Snapshot {
    return snapshotOf(observation);
  }

  protected async proposalOf(observation: Observation, _target: TargetConfig, previous: Routing, roles: Roles) {
    return propose(observation, previous, roles);
  }

  protected findingsOf(observation: Observation, { plan, journey }: Planned, signal: AbortSignal) {
    return findingsOf(this.context, observation, plan, signal, journey);
  }

  understand(routing: Routing): void {
    DOCUMENTS.readAll(routing);
  }

  /**
   * BCS knows no write with a condition, so there is none to break. What protects is that the record is asked for between
   * the read and the write of everything that could hurt; docs/bcs.md says what is left.
   */
  async fence(): Promise<void> {}

  deploy(target: TargetConfig, plan: TargetPlan, signal: AbortSignal, held?: StillHeld): Promise<readonly Change[]> {
    return together(signal, own => deployGreen(this.context, target, plan, own, held));
  }

  scale(target: TargetConfig, slot: Slot, size: number, signal: AbortSignal): Promise<readonly Change[]> {
    return together(signal, async own => scaleSlot(this.context, await this.namespace(target), slot, size, own));
  }

  readiness(
    target: TargetConfig,
    slot: Slot,
    wanted: Pick<Wanted, 'size' | 'version'>,
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    return stoppable(signal, async own =>
      watchReadiness(this.context, await this.namespace(target), { ...wanted, slot }, own),
    );
  }

  explain(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<readonly string[]> {
    return together(signal, async own => explainSlot(this.context, await this.namespace(target), slot, own));
  }

  preview(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Endpoint> {
    return together(signal, async own => previewSlot(this.context, target, await this.namespace(target), slot, own));
  }

  ask(
    target: TargetConfig,
    slot: Slot,
    question: InstanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly InstanceAnswer[]> {
    return together(signal, async own =>
      askInstances(this.context, target, await this.namespace(target), slot, question, own),
    );
  }

  /** Nothing that BCS stores says at which address a load balancer is. */
  async live(): Promise<Endpoint | undefined> {
    return undefined;
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
        (before, wanted) => writeRoute(this.context, target.name, before, wanted, own, held),
        own,
      ),
    );
  }

  confirm(_target: TargetConfig, routing: Routing, _slot: Slot, signal: AbortSignal): Promise<Verdict> {
    return together(signal, own => confirmRouting(this.context, routing, own));
  }

  /** Nothing is held back on the way: green has its final definition from the beginning. */
  async settle(): Promise<readonly Change[]> {
    return [];
  }

  teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return together(signal, own => tearDown(this.context, target, slot, how, own, held));
  }

  /** A run is over when the next one can read that it is: storage shows the end of its record seconds later. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.records.shown(new AbortController().signal);
  }

  private async namespace(target: TargetConfig): Promise<string> {
    return namespaceOf(this.context, target, await readingOf(this.context, target));
  }
}
