/** The record of a release: one ConfigMap, written only under conditions. */
import type { RecordStore, StoredRecord } from '../port.js';
import type { Client } from './client.js';
import { hasCode, isUncertain } from './failures.js';
import { MANAGED_LABEL, RECORD_LABEL } from './labels.js';
import { createNamespace } from './namespaces.js';
import type { KubernetesObject } from './objects.js';
import { CONFIG_MAPS } from './resources.js';

interface RecordMap extends KubernetesObject {
  readonly data?: { readonly record?: string };
}

export class Records implements RecordStore {
  private readonly client: Client;
  private readonly namespace: string;
  private readonly home: KubernetesObject | undefined;

  /** `home`: the namespace as the manifest has it, to be made where there is none. */
  constructor(client: Client, namespace: string, home?: KubernetesObject) {
    this.client = client;
    this.namespace = namespace;
    this.home = home;
  }

  async read(release: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    const found = await this.client.get<RecordMap>(CONFIG_MAPS, this.namespace, nameOf(release), signal);
    return found && stored(found);
  }

  async create(release: string, text: string, signal: AbortSignal): Promise<StoredRecord | undefined> {
    const wanted = this.document(release, text);
    const write = () =>
      this.conditionally(release, text, ['CONFLICT'], signal, () =>
        this.client.create<RecordMap>(CONFIG_MAPS, wanted, signal),
      );
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
      await createNamespace(this.client, this.namespace, this.home, signal);
      return write();
    }
  }

  async update(
    release: string,
    text: string,
    revision: string,
    signal: AbortSignal,
  ): Promise<StoredRecord | undefined> {
    const wanted = this.document(release, text, revision);
    return this.conditionally(release, text, ['CONFLICT', 'NOT_FOUND'], signal, () =>
      this.client.replace<RecordMap>(CONFIG_MAPS, wanted, signal),
    );
  }

  async remove(release: string, revision: string, signal: AbortSignal): Promise<void> {
    const wanted = this.document(release, '');
    try {
      await this.client.remove(CONFIG_MAPS, wanted, 'Background', signal, { resourceVersion: revision });
    } catch (error) {
      if (!isUncertain(error) || (await this.read(release, signal))) throw error;
    }
  }

  command(release: string): string {
    return `kubectl -n ${this.namespace} get configmap ${nameOf(release)} -o jsonpath='{.data.record}'`;
  }

  /**
   * Undefined when somebody else was first, as the codes in `beaten` tell. After a lost answer the record itself says whether the write arrived: texts
   * differ between holders. If it did not arrive, the conditional write may be made once more.
   */
  private async conditionally(
    release: string,
    text: string,
    beaten: readonly string[],
    signal: AbortSignal,
    write: () => Promise<RecordMap>,
  ): Promise<StoredRecord | undefined> {
    for (let again = true; ; again = false) {
      try {
        return stored(await write());
      } catch (error) {
        if (!hasCode(error, ...beaten) && !isUncertain(error)) throw error;
        const found = await this.read(release, signal);
        if (found?.text === text) return found;
        if (!isUncertain(error)) return undefined;
        if (!again) throw error;
      }
    }
  }

  private document(release: string, text: string, resourceVersion?: string): KubernetesObject {
    const labels = { [RECORD_LABEL]: 'true', [MANAGED_LABEL]: 'true' };
    const revision = resourceVersion === undefined ? {} : { resourceVersion };
    const metadata = { name: nameOf(release), namespace: this.namespace, labels, ...revision };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { record: text } };
  }
}

function nameOf(release: string): string {
  return `cutover-${release}`;
}

function stored({ data, metadata }: RecordMap): StoredRecord {
  return { text: data?.record ?? '', revision: metadata.resourceVersion ?? '' };
}
