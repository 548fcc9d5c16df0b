/** The shape of result.json, once: the type, the validation, and the JSON schema that is published beside it. */
import { z } from 'zod';
import { STEP_NAMES, VERBS } from '../release/model.js';

const results = [
  'succeeded',
  'unchanged',
  'waiting',
  'invalid',
  'refused',
  'rolled-back',
  'failed',
  'degraded',
  'rollback-failed',
  'cancelled',
] as const;

const time = z.number().int().describe('Milliseconds since 1970-01-01T00:00:00Z.');
const span = z.number().min(0).describe('Milliseconds.');
const amount = z.number().int().min(0);
const step = z.enum(STEP_NAMES);
const known = z.string().nullable();

const target = z.strictObject({
  target: z.string(),
  live: known.describe(
    'The slot that serves, read from the platform at the end; null when none does or it is not known.',
  ),
  liveVersion: known,
  previous: known.describe('The slot that was live before; null on the first release.'),
  previousVersion: known,
  rollbackCommand: known.describe('What a person types to put the previous routing back; null when it cannot be.'),
  switchedAt: time.nullable(),
});

const check = z.strictObject({
  name: z.string(),
  kind: z.string(),
  target: z.string(),
  step,
  slot: known.describe('Null when the live route was asked, whoever answers.'),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string(),
  attempts: amount,
  durationMs: span,
  tolerated: z.boolean().describe('It is unknown, and the configuration says that this is no reason to stop.'),
  holds: z.boolean().describe('It is unknown, and the configuration says to stop where the release is.'),
  cases: z
    .array(
      z.strictObject({
        name: z.string(),
        group: z.string().describe('The class or file that it belongs to; may be empty.'),
        outcome: z.enum(['passed', 'failed', 'skipped']),
        message: z.string(),
        durationMs: span,
      }),
    )
    .describe('The tests that a command reported of itself, at most 200, those that failed first.'),
});

const probeWindow = z.strictObject({
  requests: amount,
  failed: amount,
  p95Ms: span.nullable().describe('Of the answers; null without one.'),
});

const held = z.strictObject({
  target: z.string(),
  slot: z.string(),
  operations: amount.nullable().describe('Null when it is not known.'),
  text: z.string().describe('Who counted what, or why it is not known.'),
});

const evidence = z.strictObject({
  held: z.array(held).describe('What blue still had to finish when it was taken away.'),
  requests: amount.describe('Of all probes.'),
  failed: amount.describe('Of all probes.'),
  switches: z.array(
    z.strictObject({
      target: z.string(),
      route: z.string(),
      from: z.string(),
      to: z.string(),
      at: time,
      answeredInMs: span.describe('From sending the write to its answer.'),
    }),
  ),
  probes: z.array(
    z.strictObject({
      url: z.string(),
      requests: amount,
      failed: amount,
      answers: z.record(z.string(), amount).describe('Answers by the version that they named; other when none.'),
      firstGreenMs: span.nullable().describe("From the switch's answer to the first answer of green."),
      lastBlueMs: span
        .nullable()
        .describe("From the switch's answer to the last answer of blue on a fresh connection."),
      lastBlueKeptMs: span.nullable().describe('The same on a connection that was opened before.'),
      fullGreenMs: span
        .nullable()
        .describe(
          "From the switch's answer until green alone answered, on fresh and on kept connections; null if it never did.",
        ),
      switchedAt: time.nullable().describe("When the switch's answer came; null when none came under the probe."),
      before: probeWindow.nullable().describe('The minute before the switch; null when no switch was seen.'),
      after: probeWindow.describe("From the switch's answer on; everything when no switch was seen."),
      errors: z.array(z.string()).describe('The first failures, and the latest.'),
      spans: z
        .array(
          z.strictObject({
            at: time,
            ms: z.number().min(1).describe('How long it lasted, in milliseconds.'),
            answers: z.record(z.string(), amount),
            errors: z
              .record(z.string(), amount)
              .describe(
                'Failed requests by kind, such as status 503; never sent: due while one was waited for in vain.',
              ),
            p95Ms: span.nullable(),
          }),
        )
        .describe('Second by second; of a long watch, in longer spans.'),
    }),
  ),
});

const approval = z.strictObject({
  gate: z.enum(['switch', 'teardown']).describe('The step that it comes before.'),
  decision: z.enum(['approved', 'denied', 'timed-out']),
  by: z.array(z.string()).describe('Names of the people; empty when nobody answered.'),
  at: time,
  askedAt: time,
  how: z.string().describe('How they were asked, such as issue #12.'),
  link: known.describe('Where the decision can be read.'),
});

export const resultSchema = z
  .strictObject({
    format: z.literal(1).describe('Rises when a reader of this format could misread the next one.'),
    result: z.enum(results),
    exitCode: amount.describe('What the result stands for; with strict-gates a run that waits ends with 5 instead.'),
    verb: z.enum(VERBS),
    release: z.string(),
    version: z.string(),
    live: known.describe('Of the first target.'),
    previous: known.describe('Of the first target.'),
    switchedAt: time.nullable().describe('The last switch of any target.'),
    startedAt: time,
    durationMs: span,
    rollbackCommand: known.describe('Of all targets, joined by &&.'),
    targets: z.array(target),
    steps: z.array(
      z.strictObject({
        step,
        status: z.enum(['done', 'failed', 'undone', 'cancelled']),
        startedAt: time,
        durationMs: span,
        detail: z.string(),
      }),
    ),
    checks: z.array(check),
    findings: z.array(
      z.strictObject({
        severity: z.enum(['error', 'warning', 'info']),
        code: z.string(),
        target: z.string(),
        message: z.string(),
        remedy: z.string(),
      }),
    ),
    changes: z.array(
      z.strictObject({
        verb: z.enum(['create', 'update', 'delete', 'scale', 'route']),
        object: z.string(),
        detail: z.string(),
      }),
    ),
    evidence,
    next: z.enum(['switch', 'teardown']).nullable().describe('Of a run that stopped at a gate: the verb that goes on.'),
    approvals: z.array(approval).describe('What people decided at the gates, in order.'),
    failures: z.array(
      z.strictObject({
        code: z.string(),
        step: step.nullable(),
        message: z.string(),
        hint: z.string(),
        details: z.array(z.string()),
      }),
    ),
    notes: z.array(z.string()),
  })
  .describe('How a run of Cutover ended. What is not known is null; nothing is left out.');

export type ResultDocument = z.output<typeof resultSchema>;

/** The JSON schema (draft 2020-12) of result.json. */
export function resultJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema, { target: 'draft-2020-12' });
  return { $schema, $id: 'urn:cutover:result:1', title: 'result.json', ...schema };
}
