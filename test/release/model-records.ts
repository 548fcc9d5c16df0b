/** Records in memory, written by processes that may die over it. */
import type { RecordStore, StoredRecord } from '../../src/platforms/port.js';
import { ModelProcess } from './model-process.js';

export abstract class ModelRecords extends ModelProcess {
  readonly stored = new Map<string, StoredRecord>();
  private revision = 0;

  get records(): RecordStore {
    return {
      read: async release => {
        await this.alive();
        return this.stored.get(release);
      },
      create: (release, text) =>
        this.write('record', () => (this.stored.has(release) ? undefined : this.store(release, text))),
      update: (release, text, revision) =>
        this.write('record', () =>
          this.stored.get(release)?.revision === revision ? this.store(release, text) : undefined,
        ),
      remove: async release => {
        this.stored.delete(release);
      },
      command: release => `model record ${release}`,
    };
  }

  private store(release: string, text: string): StoredRecord {
    const stored = { text, revision: String(++this.root.revision) };
    this.stored.set(release, stored);
    return stored;
  }
}
