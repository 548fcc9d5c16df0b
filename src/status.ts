/** The status verb: what is live, sizes, versions, the record, and what could be done now; for people or as JSON. */
import { openPlatform } from './command.js';
import type { Config } from './config/schema.js';
import type { Host, World } from './hosts/port.js';
import { portsOf } from './ports.js';
import { possible } from './release/possible.js';
import { observe } from './release/session.js';
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
    record: seen.record,
    possible: possible(config, seen),
  };
  for (const line of statusText(shown).split('\n')) host.log.info(line);
  host.data?.(statusJson(shown));
  await host.output('status', host.redact(JSON.stringify(statusJson(shown))));
  return 0;
}
