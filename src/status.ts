/** The status verb: what is live, sizes, versions, the record, and what could be done now; for people or as JSON. */
import { openPlatform } from './command.js';
import type { Config } from './config/schema.js';
import type { Host, World } from './hosts/port.js';
import { portsOf } from './ports.js';
import { slotState } from './release/plan.js';
import { holderText, lastStep, type ReleaseRecord } from './release/record.js';
import { observe, type Seen } from './release/session.js';
import { statusJson, statusText } from './report/status.js';

/** Reads and prints. Writes nothing to the platform. */
export async function status(host: Host, world: World, config: Config): Promise<number> {
  await using platform = await openPlatform(host, world, config);
  const session = {
    config,
    ports: portsOf(host, world, platform, config),
    identity: host.run,
    redact: host.redact,
    cancel: world.signal,
  };
  const seen = await observe(session, world.signal);
  const shown = {
    snapshots: seen.snapshots,
    record: seen.record && recordText(seen.record),
    possible: possible(config, seen),
  };
  for (const line of statusText(shown).split('\n')) host.log.info(line);
  host.data?.(statusJson(shown));
  await host.output('status', host.redact(JSON.stringify(statusJson(shown))));
  return 0;
}

function recordText(record: ReleaseRecord): string {
  const about = `version ${record.version}, ${record.phase}${record.result ? `, ended as ${record.result}` : ''}`;
  if (!record.holder) return `${about}; nobody holds it`;
  return `${about}; held by ${holderText(record.holder)} at ${lastStep(record)}, heard of ${new Date(record.holder.heardAt).toISOString()}`;
}

/** What a person could ask for now, one sentence each. */
function possible(config: Config, { snapshots, record }: Seen): readonly string[] {
  const answers: string[] = [];
  if (record?.holder) answers.push('wait for the run that holds the release, or abort it if it is gone');
  for (const snapshot of snapshots) {
    for (const { slot, exists, size, version } of snapshot.slots) {
      if (!exists || slot === snapshot.live) continue;
      const named = `${slot} (version ${version ?? 'not known'})`;
      const state = slotState(snapshot, slot);
      answers.push(
        size > 0 && state?.ready === size
          ? `rollback: traffic of ${snapshot.target} to ${named}`
          : `rollback to ${named}, after it is scaled up`,
      );
      answers.push(`teardown: ${config.teardown.how} of ${named}`);
    }
  }
  return answers.length > 0 ? answers : ['run: release the next version'];
}
