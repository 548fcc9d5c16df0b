/** What a person could ask for now, by what the platform shows. Pure: the same decisions as the verbs themselves make. */
import type { Config } from '../config/schema.js';
import { formatDuration } from '../lib/units.js';
import type { Snapshot } from './model.js';
import { type Decision, decide, type Observed, type SliceVerb } from './plan.js';
import { heldByAnother, holderText, lastStep, type ReleaseRecord, termOf, unfinished } from './record.js';
import { liveVersion, slotState } from './snapshot.js';

/** One sentence for each verb that would do something, the verb first. `config` says which version is meant. */
export function possible(config: Config, observed: Observed): readonly string[] {
  const { record, runId, now } = observed;
  if (record && heldByAnother(record, runId, now)) return waiting(record, now);
  return [
    ...(['run', 'switch', 'teardown'] as const).flatMap(verb => sliceText(config, verb, observed)),
    ...rollbackText(observed),
    ...(record?.holder ? [`abort: let go of what ${holderText(record.holder)} left at ${lastStep(record)}`] : []),
    ...(record && isLeftPrepared(config, observed, record)
      ? [`abort: take version ${record.version} away, which waits for its switch (${config['failed-green']})`]
      : []),
  ];
}

/** Whether this very version was deployed by a run that let go of it, and gets no live traffic. */
export function isLeftPrepared({ version }: Config, { snapshots }: Observed, record: ReleaseRecord): boolean {
  if (record.holder || record.phase !== 'prepared' || record.rollback || record.version !== version) return false;
  return !record.targets.some(({ green }) => snapshots.some(({ live }) => live === green));
}

function waiting(record: ReleaseRecord, now: number): readonly string[] {
  const { holder } = record;
  if (!holder) return [];
  const left = formatDuration(Math.max(0, holder.heardAt + termOf(holder) - now));
  return [
    `wait: ${holderText(holder)} is at ${lastStep(record)}; any verb with lock-wait waits for it`,
    `abort: if that run is gone, unless it is heard of within ${left}`,
  ];
}

function sliceText(config: Config, verb: SliceVerb, observed: Observed): readonly string[] {
  const decision = decide(config, verb, observed);
  const text = decisionText(decision, config, verb);
  return text === undefined ? [] : [`${verb}: ${text}`];
}

function decisionText(decision: Decision, config: Config, verb: SliceVerb): string | undefined {
  switch (decision.kind) {
    case 'begin':
      return BEGINS[verb]?.(config);
    case 'resume':
      return `go on with version ${config.version} at ${decision.from}`;
    case 'finish-first':
      return decision.how === 'restore'
        ? `undo version ${decision.record.version}, which is half-way, and then as usual`
        : `keep version ${decision.record.version}, which is confirmed, and then as usual`;
    default:
      return undefined;
  }
}

const BEGINS: Readonly<Partial<Record<SliceVerb, (config: Config) => string>>> = {
  run: ({ version }) => `release version ${version}`,
  switch: ({ version }) => `move live traffic to version ${version}, which is deployed`,
  teardown: ({ version, teardown }) => `version ${version} is live; the slot beside it is to go (${teardown.how})`,
};

/** Back to what was live before: what is half-way, or a slot that a finished release has left. */
function rollbackText({ record, snapshots }: Observed): readonly string[] {
  if (unfinished(record) && ['switching', 'confirmed', 'restoring'].includes(record.phase))
    return [
      record.rollback
        ? `rollback: go on with the way back to version ${record.version}`
        : `rollback: undo version ${record.version}, which is half-way`,
    ];
  // What was taken back is not gone forward to by the same verb.
  if (record?.rollback) return [];
  return snapshots.flatMap(snapshot => backText(snapshot, record));
}

function backText(snapshot: Snapshot, record: ReleaseRecord | undefined): readonly string[] {
  const recorded = record?.targets.find(({ target }) => target === snapshot.target);
  // What was deployed and never was live is nothing to go back to.
  if (record && liveVersion(snapshot) !== record.version) return [];
  return snapshot.slots.flatMap(({ slot, exists, size, ready, version }) => {
    if (!exists || slot === snapshot.live || (recorded && recorded.blue !== slot)) return [];
    const live = slotState(snapshot, snapshot.live)?.size ?? 0;
    const scaled = size < live || ready < size ? `, after it is scaled from ${ready} to ${Math.max(live, size)}` : '';
    return [`rollback: traffic of ${snapshot.target} to ${slot} (version ${version ?? 'not known'})${scaled}`];
  });
}
