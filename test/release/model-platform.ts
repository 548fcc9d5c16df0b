import type { TargetConfig } from '../../src/config/schema.js';
import { failure } from '../../src/failures.js';
import type { Platform, Proposal, Roles, StillHeld, TeardownHow } from '../../src/platforms/port.js';
import type {
  Change,
  Readiness,
  Routing,
  Slot,
  Snapshot,
  SwitchEvidence,
  TargetPlan,
  Verdict,
} from '../../src/release/model.js';
import { ModelRecords } from './model-records.js';
import { changed, isFurther, partsOf, routing, sizesFor, slotOf } from './model-routing.js';

export type { Fate } from './model-process.js';

interface ModelSlot {
  size: number;
  version: string | undefined;
}

const always: StillHeld = async () => undefined;

/** A platform in memory that holds the promises of DESIGN section 3 against every write it is asked to make. */
export class ModelPlatform extends ModelRecords implements Platform {
  readonly id = 'model';
  readonly slots = new Map<Slot, ModelSlot>();
  readonly routes = new Map<string, Slot | undefined>();
  /** Broken promises, in the order in which they were broken. */
  readonly broken: string[] = [];
  /** Slots that never become ready. */
  readonly sick = new Set<Slot>();
  /** Whether shares are made by numbers of instances, of which this many are a full slot. */
  full: number | undefined;
  /** What confirm says of a slot; pass unless told otherwise. */
  readonly unconfirmed = new Set<Slot>();
  private readonly revisions = new Map<string, number>();

  has(slot: Slot, size: number, version: string): this {
    this.slots.set(slot, { size, version });
    return this;
  }

  serves(target: string, slot: Slot): this {
    this.routes.set(target, slot);
    return this;
  }

  /** What somebody else does, with the platform's own client. */
  lead(target: string, slot: Slot): void {
    this.routes.set(target, slot);
    this.touch(target);
  }

  async inspect(target: TargetConfig): Promise<Snapshot> {
    await this.alive();
    const live = this.routes.get(target.name);
    const slots = [target.slots.blue, target.slots.green].map(slot => {
      const state = this.slots.get(slot);
      const size = state?.size ?? 0;
      return {
        slot,
        exists: state !== undefined,
        size,
        ready: this.sick.has(slot) ? 0 : size,
        version: state?.version,
      };
    });
    const alone = live !== undefined && partsOf(live).length > 1 ? undefined : live;
    return { target: target.name, slots, routing: routing(target.name, live), live: alone };
  }

  async propose(target: TargetConfig, snapshot: Snapshot, roles: Roles): Promise<Proposal> {
    await this.alive();
    const rollbackCommand = roles.blue && `model route ${target.name} ${roles.blue}`;
    const shares = roles.way === 'overlap' ? [undefined] : roles.shares;
    const stages = (roles.blue === undefined ? [] : shares).map(share => {
      const both = `${roles.blue}+${roles.green}`;
      if (share === undefined) return { routing: routing(snapshot.target, both), share };
      if (this.full === undefined) return { routing: routing(snapshot.target, `${both}@${share}`), share };
      return { routing: routing(snapshot.target, both), share, sizes: sizesFor(share, roles.size ?? this.full) };
    });
    const next = routing(snapshot.target, roles.green);
    return { size: 3, next, stages, adopted: undefined, changes: [], rollbackCommand };
  }

  understand({ routes }: Routing): void {
    const [strange] = routes.filter(({ document }) => document !== null && typeof document !== 'string');
    if (strange) throw failure('ROUTE_UNREADABLE', { route: strange.route, problem: 'the whole is wrong' });
  }

  async preflight() {
    await this.alive();
    return [];
  }

  async fence(target: TargetConfig): Promise<void> {
    await this.alive();
    for (const name of [target.name, ...Object.values(target.slots)]) this.touch(name);
  }

  async deploy(
    _target: TargetConfig,
    plan: TargetPlan,
    signal: AbortSignal,
    held = always,
  ): Promise<readonly Change[]> {
    const apply = () => {
      if (this.isLive(plan.green)) this.broken.push(`P1: ${plan.green} was rewritten while live`);
      this.slots.set(plan.green, { size: plan.size, version: plan.version });
      this.touch(plan.green);
      return [change('update', plan.green)];
    };
    // An apply cannot be conditional on nothing being there: between this question and the apply nobody stops in the model.
    return this.write(`deploy ${plan.green}`, apply, () => held(signal));
  }

  async scale(_target: TargetConfig, slot: Slot, size: number): Promise<readonly Change[]> {
    return this.write(`scale ${slot}`, () => {
      const state = this.slots.get(slot);
      if (!state || state.size >= size) return [];
      state.size = size;
      return [change('scale', slot)];
    });
  }

  async shrink(
    _target: TargetConfig,
    slot: Slot,
    size: number,
    signal: AbortSignal,
    held = always,
  ): Promise<readonly Change[]> {
    const apply = () => {
      const state = this.slots.get(slot);
      if (!state || state.size <= size) return [];
      state.size = size;
      return [change('scale', slot)];
    };
    return this.write(`shrink ${slot}`, apply, () => held(signal));
  }

  async explain(_target: TargetConfig, slot: Slot): Promise<readonly string[]> {
    await this.alive();
    return this.sick.has(slot) ? [`${slot} is sick`] : [];
  }

  async *readiness(
    _target: TargetConfig,
    slot: Slot,
    wanted: { size: number; version: string | undefined },
    signal: AbortSignal,
  ): AsyncIterable<Readiness> {
    await this.alive();
    const state = this.slots.get(slot);
    const fits = state !== undefined && (wanted.version === undefined || state.version === wanted.version);
    const ready = this.sick.has(slot) || !fits ? 0 : state.size;
    const complete = ready >= wanted.size && ready > 0;
    yield { wanted: wanted.size, ready, complete, text: `${ready}/${wanted.size} ready`, hopeless: undefined };
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  }

  async preview(_target: TargetConfig, slot: Slot) {
    await this.alive();
    return { url: `http://${slot}.test`, description: slot, [Symbol.asyncDispose]: async () => undefined };
  }

  async ask() {
    await this.alive();
    return [];
  }

  async live() {
    return undefined;
  }

  async route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held = always,
  ): Promise<readonly SwitchEvidence[]> {
    const [before, after] = [slotOf(from), slotOf(to)];
    await this.alive();
    const seen = this.revisions.get(target.name);
    const now = this.routes.get(target.name);
    const green = after === undefined ? undefined : partsOf(after).at(-1);
    if (now === after || now === green || isFurther(now, after)) return [];
    // A stage of this very switch may be found on the way to and from either of its slots.
    const onTheWay =
      now !== undefined && green !== undefined && partsOf(now).length > 1 && partsOf(now).includes(green);
    if (now !== before && !onTheWay) throw changed(target.name, now);
    if (green !== undefined && this.sick.has(green)) {
      throw failure('NO_LONGER_READY', { slot: green, text: 'the model says so' });
    }
    await held(signal);
    const written = await this.write(`route ${target.name} ${after}`, () => {
      if (this.revisions.get(target.name) !== seen) return undefined;
      const state = green === undefined ? undefined : this.slots.get(green);
      if (!state || state.size === 0)
        this.broken.push(`P2: ${target.name} was routed to ${after}, which has no instances`);
      if (![...this.stored.values()].some(({ text }) => text.includes('"previous"'))) {
        this.broken.push(`P5: ${target.name} was routed before the previous routing was stored`);
      }
      this.routes.set(target.name, after);
      this.touch(target.name);
      return [
        {
          target: target.name,
          route: `model/${target.name}`,
          from: String(now),
          to: String(after),
          at: 0,
          answeredInMs: 1,
        },
      ];
    });
    return written ?? this.route(target, from, to, signal, held);
  }

  async confirm(target: TargetConfig, wanted: Routing, slot: Slot): Promise<Verdict> {
    await this.alive();
    const now = this.routes.get(target.name);
    const follows = now === slot || now === slotOf(wanted) || isFurther(now, slotOf(wanted));
    const serves = follows && !this.unconfirmed.has(slot);
    return serves
      ? { verdict: 'pass', reason: `${slot} serves` }
      : { verdict: 'fail', reason: `${slot} does not serve` };
  }

  async settle() {
    return this.write('settle', () => []);
  }

  async teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held = always,
  ): Promise<readonly Change[]> {
    await this.alive();
    const seen = this.revisions.get(slot);
    if (this.isLive(slot)) throw failure('STILL_LIVE', { slot, reason: 'a route selects it' });
    await held(signal);
    const written = await this.write(`teardown ${slot}`, () => {
      if (this.revisions.get(slot) !== seen) return undefined;
      this.touch(slot);
      if (how === 'delete') this.slots.delete(slot);
      const state = this.slots.get(slot);
      if (state && how === 'scale-to-zero') state.size = 0;
      return [change('delete', slot)];
    });
    return written ?? this.teardown(target, slot, how, signal, held);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  private isLive(slot: Slot): boolean {
    return [...this.routes.values()].some(live => live !== undefined && partsOf(live).includes(slot));
  }

  /** At every instant: what is live is there, at some size, and ready if it ever was. */
  protected check(): void {
    for (const [target, slot] of this.routes) {
      if (slot === undefined) continue;
      const sizes = partsOf(slot).map(part => this.slots.get(part)?.size ?? 0);
      if (sizes.includes(0)) this.broken.push(`P6: ${target} serves from ${slot}, which is not there`);
      if (Math.max(...sizes) < (this.full ?? 1))
        this.broken.push(`P6: ${target} serves from ${slot} at sizes ${sizes}, none of which is full`);
    }
  }

  private touch(name: string): void {
    this.revisions.set(name, (this.revisions.get(name) ?? 0) + 1);
  }
}

function change(verb: Change['verb'], object: string): Change {
  return { verb, object, detail: '' };
}
