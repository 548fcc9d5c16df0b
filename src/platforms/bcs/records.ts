/** The record of a release as configmaps, one for each revision: BCS knows no other write with a condition. */
import { type Revision, type RevisionShelf, Revisions } from '../../lib/revisions.js';
import { type Client, WRITE_ATTEMPTS } from './client.js';
import { hasCode, isUncertain } from './failures.js';
import type { Metadata } from './objects.js';

const KEY = 'record.json';

interface ConfigMap {
  readonly metadata: Metadata;
  readonly datas?: Readonly<Record<string, { readonly content?: string }>> | null;
}

/** @param lagMs how long what is read may be behind what was written; three times as long is given to be sure */
export function recordsOf(client: Client, namespace: string, lagMs: number): Revisions {
  return new Revisions(new Shelf(client, namespace, lagMs), { clock: client.clock, ms: 3 * lagMs });
}

class Shelf implements RevisionShelf {
  private readonly client: Client;
  private readonly namespace: string;
  private readonly lagMs: number;

  constructor(client: Client, namespace: string, lagMs: number) {
    this.client = client;
    this.namespace = namespace;
    this.lagMs = lagMs;
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
  async add(release: string, revision: Revision, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 1, isUnsure = false; ; attempt++) {
      try {
        await this.post(release, revision, signal);
        return true;
      } catch (error) {
        // Whoever was slower says who was faster, which storage has to show by then.
        if (hasCode(error, 'CONFLICT')) {
          const shown = await this.shown(release, revision.number, signal);
          return isUnsure && shown === revision.text;
        }
        if (!isUncertain(error) || attempt >= WRITE_ATTEMPTS) throw error;
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
    const where = `--clusterid ${this.client.cluster} -t configmap -ns ${this.namespace}`;
    return `bcs-client inspect ${where} -n ${prefixOf(release)}NUMBER, of the highest number in: bcs-client list ${where}`;
  }

  debug(text: string): void {
    this.client.debug(text);
  }

  private post(release: string, { number, text }: Revision, signal: AbortSignal): Promise<void> {
    const name = `${prefixOf(release)}${number}`;
    const body = {
      apiVersion: 'v4',
      kind: 'configmap',
      metadata: { name, namespace: this.namespace, labels: { 'cutover.release': release } },
      datas: { [KEY]: { type: 'file', content: Buffer.from(text).toString('base64') } },
    };
    const path = `${encodeURIComponent(this.namespace)}/configmaps`;
    return this.client.write('POST', path, body, `write the record ${name}`, signal);
  }

  /** The text of a revision that exists, as soon as storage has one that is not older. */
  private async shown(release: string, number: number, signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.client;
    const until = clock.now() + this.lagMs;
    for (;;) {
      const newer = (await this.list(release, signal)).filter(revision => revision.number >= number);
      if (newer.length > 0) return newer.find(revision => revision.number === number)?.text;
      if (clock.now() >= until) return undefined;
      await clock.sleep(Math.max(20, this.lagMs / 10), signal);
    }
  }
}

function prefixOf(release: string): string {
  return `cutover-${release}-r`;
}

function decode(content: string): string {
  return Buffer.from(content, 'base64').toString('utf8');
}
