/** One run's world, as far as the release needs it, and what it reads before it decides anything. */
import type { Config } from '../config/schema.js';
import type { StandStill } from './ask.js';
import { within } from './deadline.js';
import { type Identity, type JournalPorts, type Read, readFrom } from './journal.js';
import type { Snapshot } from './model.js';
import { type Observed, releaseName } from './plan.js';
import type { Ports } from './walk.js';

export interface Session {
  readonly config: Config;
  readonly ports: Ports;
  readonly identity: Identity;
  readonly redact: (text: string) => string;
  /** The user's cancel. */
  readonly cancel: AbortSignal;
  /** Halts the deadline of the whole run; `run` puts it here. */
  readonly standStill?: StandStill;
}

/** The walk's way to let deadlines stand still, where there is one that could. */
export function standStillOf({ standStill }: Session): StandStill {
  return standStill ?? (work => work());
}

/** The platform's state and the record's, as read now. */
export interface Seen extends Observed {
  readonly found: Read | undefined;
}

/** Looking at the platform and planning are short: a platform that takes longer is not fit to be cut over now. */
export const LOOK_MS = 60_000;

/** Reads every target and the record. Writes nothing. */
export async function observe(session: Session, outer: AbortSignal): Promise<Seen> {
  const read = (signal: AbortSignal) =>
    Promise.all([
      inspectAll(session, signal),
      readFrom(session.ports.platform.records, releaseName(session.config), signal),
    ]);
  const [snapshots, found] = await within(session.ports.clock, LOOK_MS, outer, () => 'reading the platform', read);
  return { snapshots, found, record: found?.record, now: session.ports.clock.now(), runId: session.identity.id };
}

export function inspectAll({ config, ports }: Session, signal: AbortSignal): Promise<readonly Snapshot[]> {
  return Promise.all(config.targets.map(target => ports.platform.inspect(target, signal)));
}

export function journalPorts({ config, ports, identity, redact }: Session): JournalPorts {
  return { store: ports.platform.records, clock: ports.clock, identity, term: config.lock.term, redact };
}
