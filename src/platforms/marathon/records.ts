/** The record of a release as apps without instances, one for each revision: an app is only created where there is none of its id. */
import { type Revision, type RevisionShelf, Revisions } from '../../lib/revisions.js';
import type { RecordStore } from '../port.js';
import { createApp, deleteApp, listApps } from './apps.js';
import type { Client } from './client.js';
import { hasCode, marathonFailure } from './failures.js';
import { type AppDefinition, RECORD_LABEL, RELEASE_LABEL } from './objects.js';

/** Marathon keeps an app in one node of ZooKeeper, of 1 MB at most unless its operators allow more. */
const MOST_BYTES = 900_000;

/** @param group where the slots are: whoever may release them may keep a record there */
export function recordsOf(client: Client, group: string): RecordStore {
  return new Revisions(new Shelf(client, group));
}

class Shelf implements RevisionShelf {
  private readonly client: Client;
  private readonly group: string;

  constructor(client: Client, group: string) {
    this.client = client;
    this.group = group;
  }

  async list(release: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const apps = await listApps(this.client, `${RELEASE_LABEL}==${release}`, signal);
    const prefix = this.idOf(release, '');
    return apps
      .filter(({ id }) => id.startsWith(prefix))
      .map(({ id, labels }) => ({ number: Number(id.slice(prefix.length)), text: labels?.[RECORD_LABEL] ?? '' }))
      .filter(({ number }) => Number.isInteger(number));
  }

  /** Throws RECORD_TOO_LONG. */
  async add(release: string, { number, text }: Revision, signal: AbortSignal): Promise<boolean> {
    const length = Buffer.byteLength(text);
    if (length > MOST_BYTES) throw marathonFailure('RECORD_TOO_LONG', { length, limit: MOST_BYTES });
    const definition: AppDefinition = {
      id: this.idOf(release, number),
      // It is never started; Marathon wants to know what it would be all the same.
      cmd: 'true',
      instances: 0,
      cpus: 0.01,
      mem: 32,
      labels: { [RELEASE_LABEL]: release, [RECORD_LABEL]: text },
    };
    try {
      await createApp(this.client, definition, app => app.labels?.[RECORD_LABEL] === text, signal);
      return true;
    } catch (error) {
      if (!hasCode(error, 'CONFLICT')) throw error;
      return false;
    }
  }

  remove(release: string, number: number, signal: AbortSignal): Promise<void> {
    return deleteApp(this.client, this.idOf(release, number), signal);
  }

  command(release: string): string {
    return `dcos marathon app list --json | jq -r 'map(select(.labels.${RELEASE_LABEL} == "${release}")) | last | .labels.${RECORD_LABEL}'`;
  }

  debug(text: string): void {
    this.client.debug(text);
  }

  private idOf(release: string, number: number | ''): string {
    return `${this.group}/cutover-${release}/r${number}`;
  }
}
