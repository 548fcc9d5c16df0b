/** The record of a release as configmaps, one for each revision: BCS knows no other write with a condition. */
import { type Revision, type RevisionShelf, Revisions } from '../../lib/revisions.js';
import type { RecordStore } from '../port.js';
import type { Client } from './client.js';
import { hasCode, isUncertain } from './failures.js';
import type { Metadata } from './objects.js';

const KEY = 'record.json';

interface ConfigMap {
  readonly metadata: Metadata;
  readonly datas?: Readonly<Record<string, { readonly content?: string }>> | null;
}

/** @param lagMs how long what is read may be behind what was written */
export function recordsOf(client: Client, namespace: string, lagMs: number): RecordStore {
  return new Revisions(new Shelf(client, namespace), { clock: client.clock, ms: lagMs });
}

class Shelf implements RevisionShelf {
  private readonly client: Client;
  private readonly namespace: string;

  constructor(client: Client, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  async list(release: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const what = `list the records of ${release}`;
    const found = await this.client.list<ConfigMap>('configmap', { namespace: this.namespace }, what, signal);
    const prefix = prefixOf(release);
    return found.flatMap(({ metadata, datas }) => {
      const number = metadata.name.startsWith(prefix) ? Number(metadata.name.slice(prefix.length)) : Number.NaN;
      const text = datas?.[KEY]?.content;
      return Number.isInteger(number) && text !== undefined ? [{ number, text: decode(text) }] : [];
    });
  }

  /** Storage shows what was created seconds later; that it was created is what counts. */
  async add(release: string, { number, text }: Revision, signal: AbortSignal): Promise<boolean> {
    const name = `${prefixOf(release)}${number}`;
    const body = {
      apiVersion: 'v4',
      kind: 'configmap',
      metadata: { name, namespace: this.namespace, labels: { 'cutover.release': release } },
      datas: { [KEY]: { type: 'file', content: Buffer.from(text).toString('base64') } },
    };
    let isUnsure = false;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.client.write(
          'POST',
          `${encodeURIComponent(this.namespace)}/configmaps`,
          body,
          `write the record ${name}`,
          signal,
        );
        return true;
      } catch (error) {
        if (hasCode(error, 'CONFLICT')) return isUnsure && this.isOurs(release, number, text, signal);
        if (!isUncertain(error) || attempt >= 3) throw error;
        isUnsure = true;
        await this.client.pause(attempt, signal);
      }
    }
  }

  async remove(release: string, number: number, signal: AbortSignal): Promise<void> {
    const name = `${prefixOf(release)}${number}`;
    const path = `${encodeURIComponent(this.namespace)}/configmaps/${name}`;
    try {
      await this.client.write('DELETE', path, undefined, `remove the record ${name}`, signal);
    } catch (error) {
      if (!hasCode(error, 'GONE')) throw error;
    }
  }

  command(release: string): string {
    return `bcs-client inspect -t configmap -ns ${this.namespace} -n ${prefixOf(release)}NUMBER, of the highest number in: bcs-client list -t configmap -ns ${this.namespace}`;
  }

  debug(text: string): void {
    this.client.debug(text);
  }

  /** After an answer that was lost: whether the one that is there is the one that was sent. */
  private async isOurs(release: string, number: number, text: string, signal: AbortSignal): Promise<boolean> {
    const name = `${prefixOf(release)}${number}`;
    for (let attempt = 1; attempt <= 8; attempt++) {
      const found = await this.client.inspect<ConfigMap>(
        'configmap',
        this.namespace,
        name,
        `read the record ${name}`,
        signal,
      );
      const content = found?.datas?.[KEY]?.content;
      if (content !== undefined) return decode(content) === text;
      await this.client.pause(attempt, signal);
    }
    return false;
  }
}

function prefixOf(release: string): string {
  return `cutover-${release}-r`;
}

function decode(content: string): string {
  return Buffer.from(content, 'base64').toString('utf8');
}
