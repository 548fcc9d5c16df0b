/** What the status verb shows: what is live, sizes and versions, the record, and what could be done now. */
import type { Snapshot } from '../release/model.js';
import { holderText, lastStep, type ReleaseRecord } from '../release/record.js';

export interface Status {
  readonly snapshots: readonly Snapshot[];
  /** Who holds the release and where it stands; undefined without a record. */
  readonly record: ReleaseRecord | undefined;
  /** What a person could ask for now, one line each. */
  readonly possible: readonly string[];
}

export function statusText({ snapshots, record, possible }: Status): string {
  return [
    ...snapshots.flatMap(snapshot => snapshotLines(snapshot, record)),
    `record: ${record ? recordText(record) : 'none'}`,
    possible.length > 0 ? 'possible now:' : 'possible now: nothing; all is as this version wants it',
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
    record: record ? recordJson(record) : null,
    possible: [...possible],
  };
}

function recordText(record: ReleaseRecord): string {
  const about = `version ${record.version}, ${record.phase}${record.result ? `, ended as ${record.result}` : ''}`;
  const { asked } = record;
  const waits = asked
    ? `; an approval before the ${asked.gate} is awaited (${asked.reference}, plan ${asked.digest})`
    : '';
  if (!record.holder) return `${about}${waits}; nobody holds it`;
  return `${about}${waits}; held by ${holderText(record.holder)} at ${lastStep(record)}, heard of ${time(record.holder.heardAt)}`;
}

function recordJson({ version, phase, result, holder, journal, fence, asked }: ReleaseRecord): object {
  const { id, actor, link, since, heardAt } = holder ?? {};
  return {
    version,
    phase,
    result,
    fence,
    asked: asked ? { ...asked, at: time(asked.at) } : null,
    holder: holder && { id, actor, link, since: time(since ?? 0), heardAt: time(heardAt ?? 0) },
    steps: journal.map(({ at, step, state }) => ({ at: time(at), step, state })),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function noneText(record: ReleaseRecord | undefined): string {
  if (record?.phase !== 'switching' && record?.phase !== 'restoring') return 'nothing is live';
  return `both slots may be live together, for the switch to version ${record.version} is half-way`;
}

function snapshotLines({ target, live, slots, routing }: Snapshot, record: ReleaseRecord | undefined): string[] {
  const width = Math.max(...slots.map(slot => slot.slot.length), 0);
  return [
    `${target}: ${live === undefined ? noneText(record) : `${live} is live`}`,
    ...slots.map(({ slot, exists, size, ready, version }) => {
      const state = exists ? `${ready}/${size} ready, version ${version ?? 'not known'}` : 'does not exist';
      return `  ${slot.padEnd(width)}  ${state}${slot === live ? ', live' : ''}`;
    }),
    ...routing.routes.map(({ route, slot, text }) => `  ${route} -> ${slot ?? 'no declared slot'} (${text})`),
  ];
}
