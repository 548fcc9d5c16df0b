import { setTimeout as wait } from 'node:timers/promises';

/**
 * Asks every 100 ms until the answer is truthy. An error counts as "not yet"; when the limit (an AbortSignal) is
 * reached, the last one is told and kept as the cause.
 */
export async function until(what, limit, ask) {
  let cause;
  for (;;) {
    try {
      if (await ask()) return;
    } catch (error) {
      if (!limit.aborted) cause = error;
    }
    if (limit.aborted) {
      const last = cause === undefined ? '' : ` The last answer: ${cause.message}.`;
      throw new Error(`Waited too long for ${what}.${last} The logs are in .cache/cluster/logs.`, { cause });
    }
    await wait(100);
  }
}
