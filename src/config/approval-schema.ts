/** How a person is asked at a gate, as a configuration says it. */
import { z } from 'zod';
import { duration, text } from './values.js';

const gate = z.enum(['switch', 'teardown'], { error: 'must be switch, teardown or both' });

/** `switch, teardown` in one text is what an input can say. */
const gates = z.union([
  z.array(gate).min(1, { error: 'needs switch, teardown or both' }),
  z
    .string()
    .transform(words => words.split(/[\s,]+/))
    .pipe(z.array(gate)),
]);

const names = z.union([
  z.array(text),
  z.string().transform(words => words.split(/[\s,]+/).filter(name => name !== '')),
]);

const amount = z.union([
  z.number().int().min(1, { error: 'must be at least 1' }),
  z
    .string()
    .regex(/^[1-9]\d?$/, { error: 'must be a whole number, at least 1' })
    .transform(Number),
]);

export const approvalSchema = z.strictObject({
  by: z
    .enum(['environment', 'issue', 'annotation', 'url', 'none'])
    .default('none')
    .describe(
      'environment: the run stops at the gate, and a later job goes on. The others wait in the step: for comments on an issue, an annotation on the platform, or the answer of a URL.',
    ),
  before: gates.prefault(['teardown']).describe('Where the gate is: before the switch, before the teardown, or both.'),
  approvers: names.prefault([]).describe('Who may decide on an issue: users, and teams as organisation/team.'),
  required: amount.prefault(1).describe('How many of them have to approve. One who denies is enough to deny.'),
  self: z.boolean().default(false).describe('Whether the approval of the person who started the run counts.'),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .describe('Asked until it answers with JSON that says approved: true or false.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('Sent to that URL, such as Authorization. Kept secret.'),
  interval: duration.default(15_000).describe('Between two looks for a decision.'),
  within: duration.default(3_600_000).describe('How long to wait for a decision; no other deadline runs meanwhile.'),
  otherwise: z
    .enum(['keep-both', 'rollback', 'proceed'])
    .default('keep-both')
    .describe('When nobody has decided by then: stop with both slots up, undo the release, or go on.'),
  denied: z
    .enum(['keep-both', 'rollback'])
    .default('keep-both')
    .describe('What a no before the teardown leads to. Before the switch it always takes green away.'),
});

export type ApprovalConfig = z.output<typeof approvalSchema>;

export const githubSchema = z.strictObject({
  token: text.optional().describe('For what the run says and asks on GitHub; the one of the workflow if not given.'),
  deployment: z.boolean().default(true).describe('Whether a deployment is shown in the environment.'),
  status: z.boolean().default(true).describe('Whether the commit gets the status cutover/ENVIRONMENT.'),
});

export const gitlabSchema = z.strictObject({
  token: text.optional().describe("An access token for what the run says on GitLab; the job's own if not given."),
  note: z.boolean().default(true).describe('Whether the merge request gets the summary as a note, updated in place.'),
  status: z
    .boolean()
    .default(true)
    .describe('Whether the commit gets the status cutover/ENVIRONMENT; that takes an access token.'),
});
