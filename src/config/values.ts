/** The kinds of values that the keys of a configuration have. */
import { z } from 'zod';
import { type Limit, type LimitUnit, readLimit } from '../lib/limits.js';
import { parseDuration } from '../lib/units.js';

export const duration = z
  .string({ error: 'must be a duration in words, such as 30s, 5m or immediately' })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (typeof parsed === 'number') return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  })
  .describe('A duration in words: 30s, 5m, 1h30m or immediately.');

/** A span of time that may also be `never`, which becomes undefined. */
export const durationOrNever = z.union([z.literal('never').transform(() => undefined), duration]);

/** A share in percent, which becomes a fraction. */
export const percent = z
  .string({ error: 'must be a percentage in quotes, such as "1%"' })
  .regex(/^\d+(\.\d+)?%$/, { error: 'must be a percentage, such as 1% or 0.5%' })
  .transform(words => Number(words.slice(0, -1)) / 100)
  .describe('A percentage, such as 1% or 0.5%.');

export const text = z.string().min(1, { error: 'must not be empty' });

/** A limit of one of these units, validated and read. */
export function limit(units: readonly LimitUnit[], example: string) {
  return z
    .string({ error: `must be a limit in quotes, such as "${example}"` })
    .transform((text, context): Limit => {
      const read = readLimit(text);
      if (read && units.includes(read.unit)) return read;
      context.addIssue({ code: 'custom', message: `is "${text}", which is not a limit; write one such as ${example}` });
      return z.NEVER;
    })
    .describe(`A limit, such as ${example}.`);
}
