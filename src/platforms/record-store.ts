/** Where the record of a release is kept: on the platform itself, beside what is released. */

/** A record's text and the revision that a conditional update names. */
export interface StoredRecord {
  readonly text: string;
  readonly revision: string;
}

/**
 * Four calls that hold the lock and journal of a release on the platform itself.
 * `create` and `update` answer undefined when somebody else was first: that is a fact, not a failure.
 */
export interface RecordStore {
  read(release: string, signal: AbortSignal): Promise<StoredRecord | undefined>;
  create(release: string, text: string, signal: AbortSignal): Promise<StoredRecord | undefined>;
  update(release: string, text: string, revision: string, signal: AbortSignal): Promise<StoredRecord | undefined>;
  remove(release: string, revision: string, signal: AbortSignal): Promise<void>;
  /** What a person types to see the record with the platform's own client. */
  command(release: string): string;
}
