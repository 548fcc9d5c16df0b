/** What the probe of the live URL asks, and what of its numbers is tolerated. */
import { z } from 'zod';
import { duration, percent } from './values.js';

export const probeSchema = z
  .strictObject({
    rate: z
      .number()
      .min(0.1)
      .max(50)
      .default(10)
      .describe('Requests a second to the live URL on fresh connections, and as many on a kept one.'),
    timeout: duration
      .refine(ms => ms >= 100 && ms <= 60_000, { error: 'must be from 100ms to 1m' })
      .default(5_000)
      .describe('How long an answer may take; without a whole one by then, the request failed.'),
    window: duration
      .refine(ms => ms >= 1_000 && ms <= 3_600_000, { error: 'must be from 1s to 1h' })
      .default(60_000)
      .describe('How far back the share of failed requests is judged, beside all the time since the switch.'),
    'errors-above': percent
      .default(0.01)
      .describe('How far the share of failed requests may rise over that of the minute before the switch.'),
    'p95-above': percent
      .optional()
      .describe('How far the p95 may rise over that of the minute before the switch; not judged if not given.'),
    unreachable: z
      .enum(['fail', 'pass'])
      .default('fail')
      .describe('What it means that the live URL never answered, not before the switch either.'),
  })
  .prefault({});
