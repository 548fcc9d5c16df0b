/** Durations in words. A number without a unit is refused: nobody shall have to guess it. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WORDS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/**
 * Reads `30s`, `1h30m`, `500ms` or `immediately`. Answers milliseconds, or a sentence's end that says what is wrong:
 * the caller names the input in front of it.
 */
export function parseDuration(text: string): number | { readonly problem: string } {
  const words = text.trim().toLowerCase();
  if (words === 'immediately') return 0;
  if (/^\d+(\.\d+)?$/.test(words)) {
    return { problem: `is "${text}", a number without a unit; write ${words}s, ${words}m or ${words}h` };
  }
  if (!WORDS.test(words)) {
    return { problem: `is "${text}", which is not a duration; write one such as 30s, 5m or 1h30m, or immediately` };
  }
  let total = 0;
  for (const [, amount, unit] of words.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return Math.round(total);
}

/** `950 ms`, `14 s`, `2 min 5 s`, `3 h 10 min`: what people read. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

/** `1 pod`, `3 pods`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `0.5 %` of 0.005. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
