/** What the status verb shows: what is live, sizes and versions, the record, and what could be done now. */
import type { Snapshot } from '../release/model.js';

export interface Status {
  readonly snapshots: readonly Snapshot[];
  /** Who holds the release and where it stands, as a line; undefined without a record. */
  readonly record: string | undefined;
  /** What a person could ask for now, one line each. */
  readonly possible: readonly string[];
}

export function statusText({ snapshots, record, possible }: Status): string {
  return [
    ...snapshots.flatMap(snapshotLines),
    `record: ${record ?? 'none'}`,
    'possible now:',
    ...possible.map(line => `  ${line}`),
  ].join('\n');
}

/** The same for programs; what is not known is null. Routes without the document that only the platform reads. */
export function statusJson({ snapshots, record, possible }: Status): object {
  return {
    format: 1,
    targets: snapshots.map(({ target, live, slots, routing }) => ({
      target,
      live: live ?? null,
      slots: slots.map(slot => ({ ...slot, version: slot.version ?? null })),
      routes: routing.routes.map(({ route, slot, text }) => ({ route, slot: slot ?? null, text })),
    })),
    record: record ?? null,
    possible: [...possible],
  };
}

function snapshotLines({ target, live, slots, routing }: Snapshot): string[] {
  const width = Math.max(...slots.map(slot => slot.slot.length), 0);
  return [
    `${target}: ${live === undefined ? 'nothing is live' : `${live} is live`}`,
    ...slots.map(({ slot, exists, size, ready, version }) => {
      const state = exists ? `${ready}/${size} ready, version ${version ?? 'not known'}` : 'does not exist';
      return `  ${slot.padEnd(width)}  ${state}${slot === live ? ', live' : ''}`;
    }),
    ...routing.routes.map(({ route, slot, text }) => `  ${route} -> ${slot ?? 'no declared slot'} (${text})`),
  ];
}
