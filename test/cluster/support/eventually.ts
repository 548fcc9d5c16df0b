import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks every 100 ms until the answer is not undefined, and returns it. Throws after `seconds`, with what was waited
 * for and what was seen last.
 */
export async function eventually<Seen>(
  what: string,
  seconds: number,
  look: () => Promise<{ found: Seen } | { not: unknown }>,
): Promise<Seen> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if ('found' in seen) return seen.found;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${seconds} s for ${what}; seen last: ${JSON.stringify(seen.not)}`);
    }
    await pause(100);
  }
}
