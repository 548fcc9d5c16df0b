/** Carries the record to the platform: claims, notes, renews, lets go. One writer at a time, in order. */
import { Failure, failure } from '../failures.js';
import { formatDuration } from '../lib/units.js';
import type { Clock, RecordStore, StoredRecord } from '../platforms/port.js';
import type { Asked } from './ask.js';
import { deadline } from './deadline.js';
import type { Plan, Result, StepName } from './model.js';
import {
  claimed,
  type DecidedApproval,
  type Holder,
  holderText,
  type JournalEntry,
  lastStep,
  noted,
  type Phase,
  type ReleaseRecord,
  readRecord,
  released,
  renewalPause,
  renewed,
  termOf,
  withDecision,
  withEntries,
  withQuestion,
  writeRecord,
} from './record.js';

/** A machine that is slow is not a platform that hangs. */
const LEAST_RENEWAL_MS = 5_000;

/** A record as it was read, with the revision that a conditional write needs. */
export interface Read {
  readonly record: ReleaseRecord;
  readonly revision: string;
}

export interface Identity {
  readonly id: string;
  readonly actor: string;
  readonly link: string | undefined;
}

export async function readFrom(store: RecordStore, release: string, signal: AbortSignal): Promise<Read | undefined> {
  const stored = await store.read(release, signal);
  return stored && { record: readRecord(stored.text, store.command(release)), revision: stored.revision };
}

/** The failure that names the holder, its step and its age, and the command that helps (P9). */
export function lockedBy(record: ReleaseRecord, store: RecordStore, now: number): Failure {
  const holder = record.holder;
  return failure('LOCKED', {
    holder: holder ? holderText(holder) : 'somebody who was faster',
    step: lastStep(record),
    age: formatDuration(holder ? Math.max(0, now - holder.heardAt) : 0),
    term: formatDuration(termOf(holder)),
    command: store.command(record.release),
  });
}

function takenOver(record: ReleaseRecord | undefined): Failure {
  const holder = record?.holder;
  const ended = record ? 'somebody ended it, and nobody holds it now' : 'its record is gone from the platform';
  return failure('TAKEN_OVER', { holder: holder ? `${holderText(holder)} took it over` : ended });
}

export interface JournalPorts {
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly identity: Identity;
  /** How long this run may be silent before another one may take over, in milliseconds. */
  readonly term: number;
  /** Secrets out of the text (P12). */
  readonly redact: (text: string) => string;
}

export class Journal {
  readonly #ports: JournalPorts;
  #record: ReleaseRecord;
  #revision: string;
  #jotted: readonly JournalEntry[] = [];
  #writing: Promise<void> = Promise.resolve();
  #asking: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(ports: JournalPorts, record: ReleaseRecord, stored: StoredRecord) {
    this.#ports = ports;
    this.#record = record;
    this.#revision = stored.revision;
  }

  get record(): ReleaseRecord {
    return this.#record;
  }

  /**
   * Takes the record for this run, if it still is what was read (`found`), which the caller saw to be free or silent. Answers
   * undefined when somebody was faster.
   */
  static async claim(
    ports: JournalPorts,
    plan: Plan,
    phase: Phase,
    found: Read | undefined,
    signal: AbortSignal,
  ): Promise<Journal | undefined> {
    const now = ports.clock.now();
    const { id, actor, link } = ports.identity;
    const holder: Holder = { id, actor, link: link ?? null, since: now, heardAt: now, term: ports.term };
    const first = plan.steps[plan.steps.indexOf('claim') + 1] ?? 'close';
    const claim = noted(claimed(found?.record, plan, holder, phase), 'claim', 'done', phase, now);
    const record = noted(claim, first, 'begun', phase, now);
    const text = ports.redact(writeRecord(record));
    const stored = found
      ? await ports.store.update(plan.release, text, found.revision, signal)
      : await ports.store.create(plan.release, text, signal);
    return stored && new Journal(ports, record, stored);
  }

  /** Keeps that a step began or ended, to be written with the next note: nothing has to be decided by it. */
  jot(step: StepName, state: JournalEntry['state']): void {
    const last = this.#jotted.at(-1) ?? this.#record.journal.at(-1);
    if (last?.step === step && last.state === state) return; // the claim said so already
    this.#jotted = [...this.#jotted, { at: this.#ports.clock.now(), step, state }];
  }

  /** Writes that a step began, ended or failed. Throws TAKEN_OVER when this run no longer holds the record. */
  note(step: StepName, state: JournalEntry['state'], phase: Phase, signal: AbortSignal): Promise<void> {
    return this.#write(record => noted(record, step, state, phase, this.#ports.clock.now()), signal);
  }

  /**
   * Reads the record afresh. Throws TAKEN_OVER when this run no longer holds it: asked right before a write that could
   * hurt, since this process may have been stopped for longer than its term since it last heard of itself.
   */
  async stillHeld(signal: AbortSignal): Promise<void> {
    const before = this.#asking;
    if (!before) return this.#ask(signal);
    // Whoever asks while somebody is being answered waits for the next answer, which is for all of them: it is read
    // after they asked. A record of many targets is long, and all of them ask at once.
    this.#next ??= before.catch(() => undefined).then(() => this.#ask(signal));
    try {
      await this.#next;
    } catch (thrown) {
      if (signal.aborted || (thrown instanceof Failure && thrown.code === 'TAKEN_OVER')) throw thrown;
      await this.#read(signal); // it was the trouble of another, such as its signal
    }
  }

  #ask(signal: AbortSignal): Promise<void> {
    this.#next = undefined;
    const asking = this.#read(signal).finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { store } = this.#ports;
    const { release, fence, holder } = this.#record;
    const found = await readFrom(store, release, signal);
    if (found?.record.fence === fence && found.record.holder?.id === holder?.id) return;
    throw takenOver(found?.record);
  }

  /** Writes that a person is being asked, and where. */
  asked(question: Asked, signal: AbortSignal): Promise<void> {
    return this.#write(record => withQuestion(renewed(record, this.#ports.clock.now()), question), signal);
  }

  /** Writes what the person decided. */
  decided(decision: DecidedApproval, signal: AbortSignal): Promise<void> {
    return this.#write(record => withDecision(renewed(record, this.#ports.clock.now()), decision), signal);
  }

  /** Frees the record; it goes on telling what happened. */
  release(phase: Phase, result: Result, signal: AbortSignal): Promise<void> {
    return this.#write(record => released(record, phase, result), signal);
  }

  /**
   * Renews until `signal` aborts. `lost` is called once when somebody took over; a renewal that merely fails is
   * tried again at the next turn, since the term is three turns long.
   */
  async keepAlive(signal: AbortSignal, lost: (failed: unknown) => void, warn: (text: string) => void): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#ports.clock.sleep(renewalPause(this.#record.holder), signal);
        await this.#renew(signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'TAKEN_OVER') return lost(thrown);
        warn(
          `The record could not be renewed and is tried again: ${thrown instanceof Error ? thrown.message : thrown}`,
        );
      }
    }
  }

  /**
   * For a turn, or a little more where turns are short: an answer that never comes must not keep the next renewals, and
   * what is to be noted, from their turn.
   */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const atMost = Math.max(renewalPause(this.#record.holder), LEAST_RENEWAL_MS);
    const turn = deadline(clock, atMost, signal, () => 'renewing the record');
    try {
      await this.#write(record => renewed(record, clock.now()), turn.signal);
    } finally {
      turn.end();
    }
  }

  #write(change: (record: ReleaseRecord) => ReleaseRecord, signal: AbortSignal): Promise<void> {
    const turn = this.#writing.then(() => this.#writeNow(change, signal));
    this.#writing = turn.catch(() => undefined);
    return turn;
  }

  async #writeNow(change: (record: ReleaseRecord) => ReleaseRecord, signal: AbortSignal): Promise<void> {
    const { store, redact } = this.#ports;
    const entries = this.#jotted;
    const next = change(withEntries(this.#record, entries));
    const text = redact(writeRecord(next));
    const stored =
      (await store.update(next.release, text, this.#revision, signal)) ?? (await this.#recover(text, next, signal));
    this.#record = next;
    this.#revision = stored.revision;
    this.#jotted = this.#jotted.slice(entries.length);
  }

  /**
   * The record is not what this run last wrote. Either the answer of its own write was lost, or a person touched the
   * object without changing the record: both are fine. Anything else is another holder.
   */
  async #recover(text: string, next: ReleaseRecord, signal: AbortSignal): Promise<StoredRecord> {
    const { store } = this.#ports;
    const found = await readFrom(store, next.release, signal);
    if (found?.record.fence === next.fence && found.record.holder?.id === this.#record.holder?.id) {
      const stored = await store.update(next.release, text, found.revision, signal);
      if (stored) return stored;
    }
    throw takenOver(found?.record);
  }
}
