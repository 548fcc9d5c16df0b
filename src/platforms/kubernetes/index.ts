/** The Kubernetes platform: a thin layer from the port to the nouns of this folder. */

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
import type { DecisionPlace } from '../decision-place.js';
import { Observing, type Planned } from '../observing.js';
import type {
  Endpoint,
  InstanceAnswer,
  InstanceQuestion,
  Platform,
  PlatformSettings,
  Proposal,
  Roles,
  StillHeld,
  TeardownHow,
} from '../port.js';
import { createServices } from './backends/creation.js';
import { Client } from './client.js';
import { confirmRouting } from './confirmation.js';
import { type Context, siteOf } from './context.js';
import { decisionPlace } from './decisions.js';
import { deployGreen, settleGreen } from './deployment.js';
import { DOCUMENTS } from './documents.js';
import { liveEndpoint, previewSlot } from './endpoints.js';
import { explainSlot } from './explanation.js';
import { fenceOff } from './fence.js';
import { findingsOf } from './findings.js';
import { askInstances } from './instances.js';
import { openServer } from './kubeconfig.js';
import { namespaceDocument } from './namespaces.js';
import { completed, type Glance, glance, type Observation, snapshotOf } from './observation.js';
import { Look } from './preflight/look.js';
import { readPresent } from './present.js';
import { propose } from './proposal.js';
import { Records } from './records.js';
import { scaleSlot } from './scaling.js';
import { watchSlot } from './slot-readiness.js';
import { tearDown } from './teardown.js';
import { writeRouting } from './writes.js';

export { examine } from './examination.js';

/** Reads the credentials; contacts nothing. Throws KUBECONFIG. */
export async function open(settings: PlatformSettings): Promise<Platform> {
  const server = await openServer(settings);
  const client = new Client({ server, clock: settings.clock, debug: text => settings.log.debug(text) });
  const context = { client, settings };
  const [first] = settings.targets ?? [];
  const site = first && (await siteOf(context, first));
  const namespace = site?.namespace ?? settings.namespace ?? server.namespace ?? 'default';
  return new KubernetesPlatform(context, new Records(client, namespace, site && namespaceDocument(site)));
}

class KubernetesPlatform extends Observing<Glance> implements Platform {
  readonly id = 'kubernetes';
  readonly records: Records;
  private readonly context: Context;
  private readonly looks = new WeakMap<AbortSignal, Map<string, Look>>();
  private readonly completions = new WeakMap<Glance, Observation>();

  constructor(context: Context, records: Records) {
    super();
    this.context = context;
    this.records = records;
  }

  protected observe(target: TargetConfig, signal: AbortSignal): Promise<Glance> {
    return glance(this.context, target, signal);
  }

  protected snapshotOf(seen: Glance): Snapshot {
    return snapshotOf(seen);
  }

  protected async proposalOf(
    seen: Glance,
    _target: TargetConfig,
    previous: Routing,
    roles: Roles,
    signal: AbortSignal,
  ): Promise<Proposal> {
    const observation = await this.completed(seen, signal);
    const present = await readPresent(this.context.client, observation, roles, signal);
    return propose(observation, previous, roles, present);
  }

  protected async findingsOf(seen: Glance, { plan, journey }: Planned, signal: AbortSignal, shared: AbortSignal) {
    const observation = await this.completed(seen, signal);
    const look = this.lookAt(observation.namespace, shared);
    return findingsOf(this.context, observation, plan, signal, look, journey);
  }

  understand(routing: Routing): void {
    DOCUMENTS.readAll(routing);
  }

  fence(target: TargetConfig, number: number, signal: AbortSignal): Promise<void> {
    return together(signal, async own => fenceOff(this.context, await siteOf(this.context, target), number, own));
  }

  deploy(target: TargetConfig, plan: TargetPlan, signal: AbortSignal, held?: StillHeld): Promise<readonly Change[]> {
    return together(signal, async own => {
      const deployed = await deployGreen(this.context, await siteOf(this.context, target), plan, own, held);
      return [...deployed, ...(await createServices(this.context.client, plan, own))];
    });
  }

  scale(target: TargetConfig, slot: Slot, size: number, signal: AbortSignal): Promise<readonly Change[]> {
    return together(signal, async own => {
      return scaleSlot(this.context, await siteOf(this.context, target), slot, size, own);
    });
  }

  readiness(
    target: TargetConfig,
    slot: Slot,
    wanted: { readonly size: number; readonly version: string | undefined },
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    return stoppable(signal, async own => {
      return watchSlot(this.context, await siteOf(this.context, target), { ...wanted, slot }, own);
    });
  }

  explain(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<readonly string[]> {
    return together(signal, async own => explainSlot(this.context, await siteOf(this.context, target), slot, own));
  }

  preview(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<Endpoint> {
    return together(signal, async own => previewSlot(this.context, await siteOf(this.context, target), slot, own));
  }

  ask(
    target: TargetConfig,
    slot: Slot,
    question: InstanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly InstanceAnswer[]> {
    return together(signal, async own =>
      askInstances(this.context, await siteOf(this.context, target), slot, question, own),
    );
  }

  live(target: TargetConfig, signal: AbortSignal): Promise<Endpoint | undefined> {
    return together(signal, async own => liveEndpoint(this.context, await siteOf(this.context, target), own));
  }

  route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]> {
    return together(signal, own => writeRouting(this.context, target.name, from, to, own, held));
  }

  confirm(_target: TargetConfig, routing: Routing, slot: Slot, signal: AbortSignal): Promise<Verdict> {
    return together(signal, async own => confirmRouting(this.context, routing, slot, own));
  }

  settle(target: TargetConfig, plan: TargetPlan, signal: AbortSignal): Promise<readonly Change[]> {
    return together(signal, async own => settleGreen(this.context, await siteOf(this.context, target), plan, own));
  }

  teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]> {
    return together(signal, async own =>
      tearDown(this.context, await siteOf(this.context, target), slot, how, own, held),
    );
  }

  decisions(target: TargetConfig, signal: AbortSignal): Promise<DecisionPlace> {
    return together(signal, async () => decisionPlace(this.context, await siteOf(this.context, target)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.client.server[Symbol.asyncDispose]();
  }

  /** Targets that are looked at together, which is under one signal, share what is read beside their own objects. */
  private lookAt(namespace: string, signal: AbortSignal): Look {
    const looks = this.looks.get(signal) ?? new Map<string, Look>();
    this.looks.set(signal, looks);
    const look = looks.get(namespace) ?? new Look(this.context.client, namespace, signal);
    looks.set(namespace, look);
    return look;
  }

  /** A glance is enough to see who is live; what else there is to know is read once, when it is asked for. */
  private async completed(seen: Glance, signal: AbortSignal): Promise<Observation> {
    const observation = this.completions.get(seen) ?? (await completed(this.context, seen, signal));
    this.completions.set(seen, observation);
    return observation;
  }
}
