/** What a platform can do for a release. A platform knows the wire, not the story. */
import type { BcsConfig, CloudFoundryConfig, MarathonConfig, TargetConfig } from '../config/schema.js';
import type {
  Change,
  Finding,
  Readiness,
  Routing,
  Slot,
  Snapshot,
  Stage,
  StepName,
  SwitchEvidence,
  SwitchWay,
  TargetPlan,
  Verdict,
} from '../release/model.js';
import type { Batches } from './batches.js';
import type { DecisionPlace } from './decision-place.js';
import type { Measurable, Measured, Span } from './measured.js';
import type { RecordStore } from './record-store.js';

export type { Batches, BatchInstance } from './batches.js';
export type { Measurable, Measured, MeasuredRequest, MeasuredUsage, Span } from './measured.js';
export type { RecordStore, StoredRecord } from './record-store.js';

/** How to reach something over HTTP. Closing it takes away the tunnel that may be behind it. */
export interface Endpoint extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  /** Said to people: such as `pods of shop-green, through the API server`. */
  readonly description: string;
}

/** What green will be: everything that can be computed without a write. */
export interface Proposal {
  /** Instances that green gets when blue has no size to copy. */
  readonly size: number;
  readonly next: Routing;
  readonly adopted: Routing | undefined;
  /**
   * What comes before `next`, where the roles ask for it: one routing for both slots (`overlap`), or one for each share
   * (`steps`). None on a first release. A platform that cannot do what is asked for throws, and says why.
   */
  readonly stages?: readonly Stage[];
  readonly changes: readonly Change[];
  readonly rollbackCommand: string | undefined;
  /** Stands for all that green is made from (`madeFrom`); undefined where nothing is given to make it from. */
  readonly definition?: string | undefined;
}

/** Who is who in one target's release, as `release/plan` decided it from the snapshot. */
export interface Roles {
  readonly blue: Slot | undefined;
  readonly green: Slot;
  /** Undefined: whatever version green has, on a rollback. */
  readonly version: string | undefined;
  /** Undefined: take the size that the definition of green says. */
  readonly size: number | undefined;
  readonly teardown: TeardownHow;
  readonly way: SwitchWay;
  /** How many instances are exchanged at a time, where that is the strategy; else both slots get to full size. */
  readonly batch?: number;
  /** For `steps`: percent of live traffic that green gets on the way, rising, each below 100; else empty. */
  readonly shares: readonly number[];
}

/** What is asked of each instance of a slot. */
export interface InstanceQuestion {
  readonly path: string;
  /** Undefined: the port that the live traffic goes to. */
  readonly port: number | undefined;
}

/** What one instance answered. */
export interface InstanceAnswer {
  /** As people know it, such as a pod's name. */
  readonly instance: string;
  /** Another one after a restart: what the instance had counted before is lost then. */
  readonly life: string;
  /** The body of an answer with status 200, or why there is none. */
  readonly answer: { readonly text: string } | { readonly problem: string };
}

/** What of the story a run will walk, as far as a platform needs it to say what that takes. */
export interface Journey {
  readonly steps: readonly StepName[];
  readonly failedGreen: TeardownHow;
  /** Whether checks reach green through the platform. */
  readonly previews: boolean;
  /** Whether both slots are live on the way, and if not, whether a load balancer that follows late was accepted. */
  readonly overlap: boolean;
  readonly acceptsLag: boolean;
}

export type TeardownHow = 'delete' | 'scale-to-zero' | 'keep';

/**
 * Asked between the read and the write of everything that could hurt live traffic: throws TAKEN_OVER when this run no
 * longer holds the release. What was read before it is the condition of the write, and `fence` breaks that condition: so
 * a run that was silent for too long either learns it here or is refused there.
 */
export type StillHeld = (signal: AbortSignal) => Promise<void>;

/**
 * The port. Every method throws a `Failure` of the catalogue, takes the signal of its step's deadline and stops at it.
 * Methods that write are idempotent: the same call again, after a crash at any point, ends in the same state.
 */
export interface Platform extends AsyncDisposable {
  readonly id: string;

  /** What exists, who is live, sizes, versions and routing. Writes nothing. */
  inspect(target: TargetConfig, signal: AbortSignal): Promise<Snapshot>;

  /** What green and the routing would become. Writes nothing. */
  propose(target: TargetConfig, snapshot: Snapshot, roles: Roles, signal: AbortSignal): Promise<Proposal>;

  /**
   * Throws ROUTE_UNREADABLE for a routing that is not as this platform writes it, such as one of a record that somebody
   * edited. Contacts nothing.
   */
  understand(routing: Routing): void;

  /** Permissions, capacity and traps of the platform; all findings at once. Writes nothing. */
  preflight(
    target: TargetConfig,
    plan: TargetPlan,
    signal: AbortSignal,
    journey?: Journey,
  ): Promise<readonly Finding[]>;

  /**
   * Makes every conditional write fail that another run has prepared on the routes and slots of this target. Called
   * right after the record of a silent holder was taken over; `number` is the fencing number of the new holder.
   */
  fence(target: TargetConfig, number: number, signal: AbortSignal): Promise<void>;

  /** Creates or updates green at the planned size. Answers with the writes that it made. */
  deploy(target: TargetConfig, plan: TargetPlan, signal: AbortSignal, held?: StillHeld): Promise<readonly Change[]>;

  /** Gives an existing slot at least `size` instances, such as a blue that was scaled to zero and is needed again. */
  scale(target: TargetConfig, slot: Slot, size: number, signal: AbortSignal): Promise<readonly Change[]>;

  /**
   * Takes instances from a slot until at most `size` are left, and answers once none of those that go can get another
   * request. Where the slot is live it first proves that all who stay are reached. Left out where no stage has sizes.
   */
  shrink?(
    target: TargetConfig,
    slot: Slot,
    size: number,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]>;

  /**
   * Yields how ready the slot is, first at once and then after each change, until the caller stops.
   * `version` undefined: any version counts.
   */
  readiness(
    target: TargetConfig,
    slot: Slot,
    wanted: { readonly size: number; readonly version: string | undefined },
    signal: AbortSignal,
  ): AsyncIterable<Readiness>;

  /** Why a slot is not ready, in the platform's own words, one a line: asked once waiting for it has been given up. */
  explain?(target: TargetConfig, slot: Slot, signal: AbortSignal): Promise<readonly string[]>;

  /**
   * How checks reach a slot in private, before users see it. With `held` the platform may write for that what closing the
   * endpoint takes back, such as a private backend of a load balancer; without it, it only reads.
   */
  preview(target: TargetConfig, slot: Slot, signal: AbortSignal, held?: StillHeld): Promise<Endpoint>;

  /** Asks every instance of a slot, each by itself and not through the route. One that is gone has no answer here. */
  ask(
    target: TargetConfig,
    slot: Slot,
    question: InstanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly InstanceAnswer[]>;

  /**
   * How many connections the platform's own load balancer still has to a slot, or why that is not known. Left out where
   * there is no such count.
   */
  pending?(
    target: TargetConfig,
    slot: Slot,
    signal: AbortSignal,
  ): Promise<{ readonly value: number } | { readonly problem: string }>;

  /** What the platform itself measured of a slot, or why that is not known. Left out where it measures nothing. */
  measure?(
    target: TargetConfig,
    slot: Slot,
    span: Span,
    what: readonly Measurable[],
    signal: AbortSignal,
  ): Promise<Measured | { readonly problem: string }>;

  /** A way to ask through the live route when the configuration names no live URL; undefined if there is none. */
  live(target: TargetConfig, signal: AbortSignal): Promise<Endpoint | undefined>;

  /**
   * Writes `to`, one conditional write per route, each only if the route still is what `from` says (P4); a route that
   * is `to` already, or at a later stage of the same switch, is left alone. Right before each write the platform counts what `to` would select once more: all of it
   * belongs to the wanted slot, and enough of it is ready (P1 to P3). On a failure half-way the routes written so far stay, and are kept
   * with what is thrown (`afterWrites`): the caller restores them.
   */
  route(
    target: TargetConfig,
    from: Routing,
    to: Routing,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]>;

  /**
   * Whether the control plane and the data plane follow `routing`, which selects `slot`, and nothing else. A stage is
   * followed, too, by a route that is at a later one of the same switch already.
   */
  confirm(target: TargetConfig, routing: Routing, slot: Slot, signal: AbortSignal): Promise<Verdict>;

  /** Puts what `deploy` held back in its final form (such as green's own scaling rules), once the switch has settled. */
  settle(target: TargetConfig, plan: TargetPlan, signal: AbortSignal): Promise<readonly Change[]>;

  /**
   * Takes a slot away after proving, in the same breath, that it is not live (P7), and waits until it is gone.
   */
  teardown(
    target: TargetConfig,
    slot: Slot,
    how: TeardownHow,
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]>;

  /**
   * Where people may write a decision about a target with the platform's own client, such as annotations. On a platform
   * without it the commands `approve` and `deny` write a record of their own.
   */
  decisions?(target: TargetConfig, signal: AbortSignal): Promise<DecisionPlace>;

  /** Left out where single instances cannot be told apart by the load balancers. */
  readonly batches?: Batches;

  readonly records: RecordStore;
}

/** What a platform's folder exports. */
export interface PlatformModule {
  /**
   * Mistakes of one target that can be seen without contacting anything, such as a manifest with no workload. `section` is
   * the platform's own part of the configuration, undefined where there is none or it is not well-formed.
   */
  examine(target: TargetConfig, workspace: string, section: unknown): Promise<readonly Problem[]>;
  open(settings: PlatformSettings): Promise<Platform>;
}

/** A mistake in the configuration: where it stands, and a whole sentence. */
export interface Problem {
  /** Path within the target, such as `manifest` or `slots.green`. */
  readonly path: string;
  readonly message: string;
}

export interface PlatformSettings {
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly marathon?: MarathonConfig | undefined;
  readonly bcs?: BcsConfig | undefined;
  readonly 'cloud-foundry'?: CloudFoundryConfig | undefined;
  /** The targets of the release: the first one's place on the platform is where the record is kept. */
  readonly targets?: readonly TargetConfig[];
  readonly log: { debug(text: string): void; warning(text: string): void };
  /** Told every secret that the platform reads, before it can appear anywhere (P12). */
  mask(secret: string): void;
  readonly clock: Clock;
}

/** Time, as a port: everything that waits or tells the time asks it. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
