/** Cloud Foundry by its v3 API: a thin layer from the port to the nouns of this folder. */
import type { TargetConfig } from '../../config/schema.js';
import { stoppable } from '../../lib/stoppable.js';
import { together } from '../../lib/together.js';
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
  Endpoint,
  InstanceAnswer,
  InstanceQuestion,
  Measurable,
  Measured,
  Platform,
  PlatformSettings,
  RecordStore,
  Roles,
  Span,
  StillHeld,
  TeardownHow,
} from '../port.js';
import { confirmRouting } from './confirmation.js';
import { definitionOf, deployGreen, scaleSlot } from './deployment.js';
import { explainSlot } from './explanation.js';
import { cfFailure } from './failures.js';
import { type Foundation, Foundations } from './foundation.js';
import { measureSlot } from './measuring.js';
import { renameApps } from './naming.js';
import { type Observation, observe, snapshotOf } from './observation.js';
import { findingsOf } from './preflight.js';
import { propose } from './proposal.js';
import { askInstances, liveEndpoint, previewSlot } from './reach.js';
import { type Wanted, watchReadiness } from './readiness.js';
import { recordsOf } from './records.js';
import { DOCUMENTS } from './routes.js';
import { shrinkSlot } from './shrinking.js';
import { writeRoutes } from './switching.js';
import { tearDown } from './teardown.js';
import { closeTemporary } from './temporary.js';

export { examine } from './examination.js';

/** Contacts nothing. Throws CF_SETTINGS. */
export async function open(settings: PlatformSettings): Promise<Platform> {
  const section = settings['cloud-foundry'];
  if (!section) throw cfFailure('CF_SETTINGS', { reason: 'it is missing' });
  const foundations = new Foundations(section, settings);
  const [first] = settings.targets ?? [];
  return new CloudFoundryPlatform(
    foundations,
    recordsOf(() => foundations.of(first)),
  );
}

class CloudFoundryPlatform extends Observing<Observation> implements Platform {
  readonly id = 'cloud-foundry';
  readonly records: RecordStore;
  private readonly foundations: Foundations;

  constructor(foundations: Foundations, records: RecordStore) {
    super();
    this.foundations = foundations;
    this.records = records;
  }

  protected async observe(target: TargetConfig, signal: AbortSignal): Promise<Observation> {
    return observe(await this.foundations.of(target), target, signal);
  }

  protected snapshotOf(observation: Observation): Snapshot {
    return snapshotOf(observation);
  }

  protected async proposalOf(observation: Observation, target: TargetConfig, previous: Routing, roles: Roles) {
    return propose(observation, await definitionOf(await this.foundations.of(target), target), previous, roles);
  }

  protected async findingsOf(observation: Observation, { target, plan, journey }: Planned, signal: AbortSignal) {
    const definition = await definitionOf(await this.foundations.of(target), target);
    return findingsOf(observation, definition, plan, signal, journey);
  }

  understand(routing: Routing): void {
    DOCUMENTS.readAll(routing);
  }

  /**
   * Cloud Foundry knows no write with a condition, so there is none to break. What protects is that the record is asked
   * for between the read and the write of everything that could hurt; docs/cloud-foundry.md says what is left.
   */
  async fence(): Promise<void> {}

  deploy(target: TargetConfig, plan: TargetPlan, signal: AbortSignal, held?: StillHeld): Promise<readonly Change[]> {
    return this.at(target, signal, (foundation, own) => deployGreen(foundation, target, plan, own, held));
  }

  scale(target: TargetConfig, slot: Slot, size: number, signal: AbortSignal): Promise<readonly Change[]> {
    return this.at(target, signal, (foundation, own) => scaleSlot(foundation, target, slot, size, own));
  }

  shrink(
    target: TargetConfig,
    slot: Slot,
    size: number,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return this.at(target, signal, (foundation, own) => shrinkSlot(foundation, target, slot, size, own, held));
  }

  readiness(
    target: TargetConfig,
    slot: Slot,
    wanted: Pick<Wanted, 'size' | 'version'>,
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    return stoppable(signal, async own =>
      watchReadiness(await this.foundations.of(target), target, { ...wanted, slot }, own),
    );
  }

  explain(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<readonly string[]> {
    return this.at(target, signal, (foundation, own) => explainSlot(foundation, target, slot, own));
  }

  preview(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Endpoint> {
    return this.at(target, signal, (foundation, own) => previewSlot(foundation, target, slot, own));
  }

  ask(
    target: TargetConfig,
    slot: Slot,
    question: InstanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly InstanceAnswer[]> {
    return this.at(target, signal, (foundation, own) => askInstances(foundation, target, slot, question, own));
  }

  measure(
    target: TargetConfig,
    slot: Slot,
    span: Span,
    what: readonly Measurable[],
    signal: AbortSignal,
  ): Promise<Measured | { readonly problem: string }> {
    return this.at(target, signal, (foundation, own) => measureSlot(foundation, target, slot, span, what, own));
  }

  live(target: TargetConfig, signal: AbortSignal): Promise<Endpoint | undefined> {
    return this.at(target, signal, (foundation, own) => liveEndpoint(foundation, target, own));
  }

  route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]> {
    return this.at(target, signal, (foundation, own) => writeRoutes(foundation, target, from, to, own, held));
  }

  confirm(target: TargetConfig, routing: Routing, slot: Slot, signal: AbortSignal): Promise<Verdict> {
    return this.at(target, signal, (foundation, own) => confirmRouting(foundation, target, routing, slot, own));
  }

  /** Routes of their own that slots had for a while are deleted, and apps get the names that they are to have. */
  settle(target: TargetConfig, plan: TargetPlan, signal: AbortSignal): Promise<readonly Change[]> {
    return this.at(target, signal, async (foundation, own) => {
      for (const slot of Object.values(target.slots)) await closeTemporary(foundation, target, slot, own);
      return renameApps(foundation, target, plan, own);
    });
  }

  teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return this.at(target, signal, (foundation, own) => tearDown(foundation, target, slot, how, own, held));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Does it on the target's foundation; nothing goes on behind a failure. */
  private at<T>(
    target: TargetConfig,
    signal: AbortSignal,
    work: (foundation: Foundation, own: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return together(signal, async own => work(await this.foundations.of(target), own));
  }
}
