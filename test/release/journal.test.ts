import { expect, test } from '@jest/globals';
import type { RecordStore } from '../../src/platforms/port.js';
import { Journal } from '../../src/release/journal.js';
import type { Plan } from '../../src/release/model.js';
import { TERM_MS } from '../../src/release/record.js';
import { VirtualClock } from './virtual-clock.js';

const PLAN = { release: 'shop', version: '2', verb: 'run', steps: ['inspect', 'claim', 'deploy'], targets: [] };

/** A place for records in which an update takes as long as `delays` says, one for each; none for those after. */
function slowStore(clock: VirtualClock, delays: number[]): RecordStore {
  let revision = 1;
  return {
    create: async (_: string, text: string) => ({ text, revision: String(revision) }),
    update: async (_: string, text: string, expected: string, signal: AbortSignal) => {
      await clock.sleep(delays.shift() ?? 0, signal);
      return expected === String(revision) ? { text, revision: String(++revision) } : undefined;
    },
    command: () => '',
  } as unknown as RecordStore;
}

test('a renewal whose answer never comes is given up after a turn: the next one is made, and no step waits for it', async () => {
  const clock = new VirtualClock();
  const end = new AbortController();
  const store = slowStore(clock, [10 * TERM_MS]);
  const identity = { id: 'run-1', actor: 'somebody', link: undefined };
  const ports = { store, clock, identity, term: TERM_MS, redact: (text: string) => text };
  const journal = await Journal.claim(ports, PLAN as unknown as Plan, 'deploying' as never, undefined, end.signal);
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const alive = journal?.keepAlive(end.signal, () => undefined, warn);
  await clock.sleep(TERM_MS / 3 + 1, end.signal); // the first renewal has begun
  const begun = clock.now();
  await journal?.note('deploy', 'begun', 'deploying' as never, end.signal);
  const waited = clock.now() - begun;
  await clock.sleep(TERM_MS / 2, end.signal);
  const silent = clock.now() - (journal?.record.holder?.heardAt ?? 0);
  end.abort();
  await alive;
  expect(waited).toBeLessThanOrEqual(TERM_MS / 3);
  expect(warnings).toEqual([expect.stringContaining('could not be renewed and is tried again')]);
  // Others take a holder for dead that has not been heard of for a term.
  expect(silent).toBeLessThan(TERM_MS);
});
