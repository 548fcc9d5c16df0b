/**
 * The record of a release on a platform that knows no conditional write but one: an app is only created where there is
 * none of its id. So each text of the record is an app of its own, without instances: `/cutover-shop/r7` comes after
 * `/cutover-shop/r6`, and of two runs that both read r6 only one can create r7. The one with the highest number counts;
 * lower ones are removed by whoever wrote after them.
 */
import type { RecordStore, StoredRecord } from '../port.js';
import { createApp, deleteApp, listApps } from './apps.js';
import type { Client } from './client.js';
import { hasCode, marathonFailure } from './failures.js';
import { type App, type AppDefinition, RECORD_LABEL, RELEASE_LABEL } from './objects.js';

/** Marathon keeps an app in one node of ZooKeeper, of 1 MB at most unless its operators allow more. */
const MOST_BYTES = 900_000;

interface Revision {
  readonly number: number;
  readonly app: App;
}

export class Records implements RecordStore {
  private readonly client: Client;
  /** Where the slots are: whoever may release them may keep a record there. */
  private readonly group: string;

  constructor(client: Client, group: string) {
    this.client = client;
    this.group = group;
  }

  async read(release: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    const newest = (await this.revisions(release, signal))[0];
    return newest && stored(newest);
  }

  create(release: string, text: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    return this.add(release, text, 0, signal);
  }

  update(release: string, text: string, revision: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    return this.add(release, text, Number(revision), signal);
  }

  async remove(release: string, revision: string, signal: AbortSignal): Promise<void> {
    const revisions = await this.revisions(release, signal);
    if (revisions[0] && revisions[0].number > Number(revision)) return;
    for (const { app } of revisions) await deleteApp(this.client, app.id, signal);
  }

  command(release: string): string {
    return `dcos marathon app list --json | jq -r 'map(select(.labels.${RELEASE_LABEL} == "${release}")) | last | .labels.${RECORD_LABEL}'`;
  }

  /** Writes the text as the revision after `before`. Undefined when somebody else did, or came further. */
  private async add(
    release: string,
    text: string,
    before: number,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    const length = Buffer.byteLength(text);
    if (length > MOST_BYTES) throw marathonFailure('RECORD_TOO_LONG', { length, limit: MOST_BYTES });
    const number = before + 1;
    const definition = this.definition(release, text, number);
    try {
      await createApp(this.client, definition, app => app.labels?.[RECORD_LABEL] === text, signal);
    } catch (error) {
      if (!hasCode(error, 'CONFLICT')) throw error;
      return undefined;
    }
    const [newest, ...older] = await this.revisions(release, signal);
    // Whoever was silent for long may create a number anew that was used and removed: higher ones tell.
    const isBeaten = newest !== undefined && newest.number > number;
    const obsolete = isBeaten ? [definition.id] : older.map(({ app }) => app.id);
    for (const id of obsolete) await this.tidy(id, signal);
    return isBeaten ? undefined : { text, revision: String(number) };
  }

  /** What is left over counts for nothing, and whoever writes next removes it. */
  private async tidy(id: string, signal: AbortSignal): Promise<void> {
    try {
      await deleteApp(this.client, id, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.client.debug(`The former record ${id} stays for now: ${(error as Error).message}`);
    }
  }

  private async revisions(release: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const apps = await listApps(this.client, `${RELEASE_LABEL}==${release}`, signal);
    const prefix = `${this.group}/cutover-${release}/r`;
    return apps
      .filter(({ id }) => id.startsWith(prefix))
      .map(app => ({ app, number: Number(app.id.slice(prefix.length)) }))
      .filter(({ number }) => Number.isInteger(number))
      .sort((one, other) => other.number - one.number);
  }

  private definition(release: string, text: string, number: number): AppDefinition {
    return {
      id: `${this.group}/cutover-${release}/r${number}`,
      // It is never started; Marathon wants to know what it would be all the same.
      cmd: 'true',
      instances: 0,
      cpus: 0.01,
      mem: 32,
      labels: { [RELEASE_LABEL]: release, [RECORD_LABEL]: text },
    };
  }
}

function stored({ app, number }: Revision): StoredRecord {
  return { text: app.labels?.[RECORD_LABEL] ?? '', revision: String(number) };
}
