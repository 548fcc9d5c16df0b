/**
 * The record of a release on a platform that knows no conditional write but one: something is only created where there
 * is nothing of its name. So each text of the record is an object of its own: revision 7 comes after revision 6, and of
 * two runs that both read 6 only one can create 7. The one with the highest number counts; lower ones are removed by
 * whoever wrote after them.
 */
import type { Clock, RecordStore, StoredRecord } from '../platforms/port.js';

export interface Revision {
  readonly number: number;
  readonly text: string;
}

/** How a platform keeps revisions. */
export interface RevisionShelf {
  /** Every revision of a release that is there, in any order. */
  list(release: string, signal: AbortSignal): Promise<readonly Revision[]>;
  /** False when there is one of that number already, made by somebody else. */
  add(release: string, revision: Revision, signal: AbortSignal): Promise<boolean>;
  /** What is gone already is fine. */
  remove(release: string, number: number, signal: AbortSignal): Promise<void>;
  command(release: string): string;
  debug(text: string): void;
}

/** A list shows what was written later, and never shows less than it did before. */
export interface Lag {
  readonly clock: Clock;
  /** After so many milliseconds it counts as gone what a list does not show. */
  readonly ms: number;
}

export class Revisions implements RecordStore {
  private readonly shelf: RevisionShelf;
  private readonly lag: Lag | undefined;
  /** What this process wrote last, by release: a list that lags does not show it yet. */
  private readonly written = new Map<string, Revision & { readonly at: number }>();

  constructor(shelf: RevisionShelf, lag?: Lag) {
    this.shelf = shelf;
    this.lag = lag;
  }

  async read(release: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    const [newest] = await this.newestFirst(release, signal);
    return newest && { text: newest.text, revision: String(newest.number) };
  }

  create(release: string, text: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    return this.add(release, text, 0, signal);
  }

  update(release: string, text: string, revision: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    return this.add(release, text, Number(revision), signal);
  }

  async remove(release: string, revision: string, signal: AbortSignal): Promise<void> {
    const revisions = await this.newestFirst(release, signal);
    if (revisions[0] && revisions[0].number > Number(revision)) return;
    this.written.delete(release);
    for (const { number } of revisions) await this.shelf.remove(release, number, signal);
  }

  /**
   * Resolves when everybody can read what this process wrote last, so that who comes next does not take it for a holder
   * that is at work. Gives up when a list counts as whole, or cannot be read.
   */
  async shown(signal: AbortSignal): Promise<void> {
    if (!this.lag) return;
    const { clock, ms } = this.lag;
    for (const [release, { at, number }] of this.written) {
      try {
        const isShown = async () => (await this.shelf.list(release, signal)).some(one => one.number >= number);
        while (clock.now() - at < ms && !(await isShown())) await clock.sleep(Math.max(20, ms / 30), signal);
      } catch (error) {
        this.shelf.debug(
          `Whether the record of ${release} can be read by now is not known: ${(error as Error).message}`,
        );
      }
    }
  }

  command(release: string): string {
    return this.shelf.command(release);
  }

  /** Writes the text as the revision after `before`. Undefined when somebody else did, or came further. */
  private async add(
    release: string,
    text: string,
    before: number,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    const number = before + 1;
    if (!(await this.shelf.add(release, { number, text }, signal))) return undefined;
    if (this.lag) this.written.set(release, { number, text, at: this.lag.clock.now() });
    const listed = (await this.shelf.list(release, signal)).map(revision => revision.number);
    // Whoever was silent for long may create a number anew that was used and removed: higher ones tell.
    const highest = Math.max(0, ...listed);
    const isBeaten = highest > number;
    // As long as a list does not show a higher one, a lower one has to stand where somebody else would create it.
    const obsolete = isBeaten ? [number] : listed.filter(one => one < highest);
    for (const one of obsolete) await this.tidy(release, one, signal);
    return isBeaten ? undefined : { text, revision: String(number) };
  }

  /** What is left over counts for nothing, and whoever writes next removes it. */
  private async tidy(release: string, number: number, signal: AbortSignal): Promise<void> {
    try {
      await this.shelf.remove(release, number, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.shelf.debug(`The former record ${number} of ${release} stays for now: ${(error as Error).message}`);
    }
  }

  private async newestFirst(release: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const revisions = await this.shelf.list(release, signal);
    const unseen = this.unseen(release, revisions);
    return [...unseen, ...revisions].toSorted((one, other) => other.number - one.number);
  }

  /** The own latest revision, as long as the list may not show it yet. */
  private unseen(release: string, revisions: readonly Revision[]): readonly Revision[] {
    const own = this.written.get(release);
    if (!own || !this.lag || revisions.some(({ number }) => number >= own.number)) return [];
    return this.lag.clock.now() - own.at < this.lag.ms ? [own] : [];
  }
}
