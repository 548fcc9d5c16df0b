/** Looking again and again, sooner after an event of Marathon. */
import { Bell } from '../../lib/bell.js';
import type { Context } from './context.js';

const POLL_MS = 2_000;
/** Several events come at once: what they changed is looked at together. */
const TOGETHER_MS = 50;

/** Yields at once, and then after each event or some time, until the caller stops or the signal aborts. */
export async function* looks({ client, events }: Context, signal: AbortSignal): AsyncGenerator<void> {
  yield;
  const bell = new Bell();
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  const listening = events.listen(bell.ring, over);
  try {
    while (true) {
      await bell.heardOrDue(client.clock, POLL_MS, over);
      await client.clock.sleep(TOGETHER_MS, over);
      yield;
    }
  } finally {
    stop.abort();
    await listening;
  }
}

/** Looks until it is so. */
export async function until(context: Context, isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for await (const _ of looks(context, signal)) if (await isSo()) return;
}
