/**
 * The shape of a configuration, once: types, validation and the JSON schema for editors come from here.
 * Field names are those of `cutover.yml`; inputs fill the same fields (`inputs.ts`).
 */
import { z } from 'zod';
import { SWITCH_WAYS, VERBS } from '../release/model.js';
import { approvalSchema, githubSchema, gitlabSchema } from './approval-schema.js';
import { bcsSchema } from './bcs-schema.js';
import { checkSchema, isPattern, prometheusServerSchema } from './check-schema.js';
import { cloudFoundrySchema, cloudFoundryTargetSchema } from './cloud-foundry-schema.js';
import { marathonSchema, marathonTargetSchema } from './marathon-schema.js';
import { probeSchema } from './probe-schema.js';
import { duration, durationOrNever, percent, text } from './values.js';

/** Slots become object names on every platform: the strictest rule of all of them, RFC 1123 labels. */
const slotName = text.max(53, { error: 'must have at most 53 characters' }).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
  error: 'must be lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
});

export * from './approval-schema.js';

/** Where slots are apps of Marathon their names may be paths, such as /shop/web-blue. */
const slotPath = /^(\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)+$/;
const slotReference = z
  .string()
  .max(200, { error: 'must have at most 200 characters' })
  .refine(name => slotPath.test(name) || slotName.safeParse(name).success, {
    error:
      'must be lower-case letters, digits and hyphens, beginning and ending with a letter or digit, 53 at most (on Marathon also a path of such names)',
  });

export * from './bcs-schema.js';
export * from './check-schema.js';
export * from './cloud-foundry-schema.js';
export * from './marathon-schema.js';

export const identitySchema = z
  .strictObject({
    path: z.string().startsWith('/', { error: 'must begin with /' }).default('/'),
    header: text.optional().describe('Response header that holds the version.'),
    json: text.optional().describe('Dotted path of the version in a JSON body.'),
    match: text
      .refine(isPattern, { error: 'must be a regular expression' })
      .optional()
      .describe('Regular expression on that value, or on the body; its first group is the version.'),
  })
  .refine(({ header, json, match }) => !(header && json) && [header, json, match].some(given => given !== undefined), {
    error: 'needs header, json or match: where an answer says its version',
  });

const gaugeSchema = z
  .strictObject({
    path: z.string().startsWith('/', { error: 'must begin with /' }).describe('Asked of each instance of blue.'),
    port: z.number().int().min(1).max(65_535).optional().describe('The port that live traffic goes to if not given.'),
    name: text.optional().describe('Name of the gauge in Prometheus text; matching samples are added up.'),
    labels: z.record(z.string(), z.string()).default({}).describe('Labels that its samples must have.'),
    json: text.optional().describe('Dotted path of the number in a JSON body.'),
  })
  .refine(gauge => (gauge.name === undefined) !== (gauge.json === undefined), {
    error: 'needs either name (of a gauge in Prometheus text) or json (the path of a number)',
  });

/** Paths are put behind it: a slash at its end would make two. */
function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

export const targetSchema = z.strictObject({
  name: slotName.describe('What this target is called in logs and reports.'),
  slots: z
    .strictObject({ blue: slotReference, green: slotReference })
    .describe('The two places. Which of them is live is read from the routing, whatever they are called.'),
  namespace: text.optional(),
  manifest: text.optional().describe('File, folder or glob of YAML documents, relative to the workspace.'),
  image: text.optional().describe("The image of the workload's only, or first, container."),
  images: z.record(z.string(), text).optional().describe('Container name to image.'),
  'per-slot': z
    .array(z.enum(['configmaps', 'secrets']))
    .default([])
    .describe('What of the manifest each slot gets a copy of its own of, so that going back brings the old one back.'),
  routes: z
    .union(
      [
        z.literal('none').transform((): string[] => []),
        z
          .array(
            z
              .string()
              .regex(/^[a-z][-a-z]*(\/[-A-Za-z0-9_.]+)+$/, { error: 'must be kind/name, such as service/shop' }),
          )
          .min(1, { error: 'needs at least one route, such as service/shop, or the word none for a worker' }),
      ],
      { error: 'must be a list of routes, such as [service/shop], or the word none for a worker that has no route' },
    )
    .describe('What decides which slot gets live traffic; none for workers, which are cut over by their scale.'),
  unswitched: z
    .array(z.string().regex(/^service\/[-a-z0-9]+$/, { error: 'must be service/NAME, such as service/metrics' }))
    .default([])
    .describe('With Kubernetes: Services that select pods of the slots, are no routes, and are to stay as they are.'),
  'live-url': z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform(withoutSlash)
    .optional(),
  identity: identitySchema.optional(),
  marathon: marathonTargetSchema,
  'cloud-foundry': cloudFoundryTargetSchema,
});

/** Percent, rising, up to all of it. */
const sharesSchema = z
  .array(z.number().int().min(1).max(100))
  .min(1, { error: 'needs at least one step' })
  .refine(shares => shares.every((share, index) => index === 0 || share > (shares[index - 1] ?? 0)), {
    error: 'must rise from step to step, such as [10, 50, 100]',
  })
  .refine(shares => shares.at(-1) === 100, { error: 'must end with 100, which is all of the traffic' });

export const configSchema = z.strictObject({
  platform: z.enum(['kubernetes', 'marathon', 'bcs', 'cloud-foundry']).default('kubernetes'),
  verb: z.enum(VERBS).default('run'),
  'dry-run': z.boolean().default(false),
  'if-live': z.boolean().default(false).describe('Whether the rollback verb acts only if this version is live.'),
  release: slotName.optional().describe('The name of the record; the first target if not given.'),
  version: text.describe('What tells one build from another.'),
  kubeconfig: text.optional().describe('A path, or the YAML itself.'),
  context: text.optional(),
  namespace: text.optional(),
  bcs: bcsSchema.optional().describe('With platform bcs: where the gateway and the cluster are.'),
  'cloud-foundry': cloudFoundrySchema
    .optional()
    .describe('With platform cloud-foundry: where the foundation is and who we are to it.'),
  marathon: marathonSchema.optional().describe('With platform marathon: where Marathon and its load balancer are.'),
  targets: z.array(targetSchema).min(1, { error: 'needs at least one target' }),
  verify: z.array(checkSchema).default([]).describe('Checks on green, in private, before the switch.'),
  checks: z
    .strictObject({
      parallel: z.boolean().default(true).describe('Whether the checks of a place are made all at once, or in turn.'),
      'fail-fast': z
        .boolean()
        .default(false)
        .describe('Whether the first that fails ends those that are still to come.'),
    })
    .prefault({})
    .describe('How checks are made, wherever they stand.'),
  settle: duration.default(5_000).describe('How long green must stay ready before it counts.'),
  switch: z
    .strictObject({
      mode: z
        .enum(SWITCH_WAYS)
        .default('atomic')
        .describe(
          'In one write; with both slots live for a while until green has answered at the front door; or in growing shares.',
        ),
      steps: sharesSchema.default([10, 50, 100]).describe('With mode steps: percent of live traffic that green gets.'),
      hold: duration.default(10_000).describe('How long both slots get traffic at least, at each step.'),
      checks: z.array(checkSchema).default([]).describe('Checks on the live URL while both slots get traffic.'),
      'accept-lag': z
        .boolean()
        .default(false)
        .describe('Whether a switch in one write is fine behind a cloud load balancer that follows pods seconds late.'),
    })
    .prefault({}),
  strategy: z
    .enum(['cutover', 'stepwise'])
    .default('cutover')
    .describe('Both slots at full size and one switch; or a few instances exchanged at a time, on platforms that can.'),
  stepwise: z
    .strictObject({
      batch: z.number().int().min(1).max(1_000).default(1).describe('Instances that are exchanged at a time.'),
      pause: duration.default(0).describe('How long live traffic is watched between two batches.'),
      canary: z
        .strictObject({
          at: percent.describe('The share of green at which the exchange is held, once.'),
          for: duration.describe('How long live traffic is watched then.'),
        })
        .optional(),
    })
    .prefault({}),
  bake: z
    .strictObject({
      for: duration.default(60_000).describe('How long live traffic is watched with blue still up.'),
      checks: z.array(checkSchema).default([]).describe('Checks on the live URL.'),
      interval: duration.default(10_000).describe('Between two rounds of the checks.'),
      probe: probeSchema,
    })
    .prefault({}),
  drain: z
    .strictObject({
      gauge: gaugeSchema.optional().describe('How many operations an instance of blue has still to finish.'),
      prometheus: prometheusServerSchema
        .extend({
          query: text.describe(
            'PromQL with the number of operations of blue, which {{slot}} and {{version}} stand for.',
          ),
        })
        .optional(),
      connections: z
        .boolean()
        .default(false)
        .describe("Whether the platform's own count of connections to blue has to be zero, where it has one."),
      zeros: z.number().int().min(2).max(1_000).default(3).describe('So many zeros in a row mean that it has drained.'),
      interval: duration.default(3_000).describe('Between two readings.'),
      within: duration.optional().describe('How long to wait; deadlines.drain if not given.'),
      otherwise: z
        .enum(['hold', 'proceed'])
        .default('hold')
        .describe('When blue has not drained by then: stop with both slots up, or take blue away all the same.'),
    })
    .prefault({}),
  teardown: z
    .strictObject({
      how: z.enum(['delete', 'scale-to-zero', 'keep']).default('delete'),
      after: duration.default(0).describe('How long blue is kept, ready to go back to, after the bake.'),
    })
    .prefault({}),
  'on-failure': z.enum(['rollback', 'hold']).default('rollback'),
  'rollback-safe': z
    .boolean()
    .default(true)
    .describe('False: the version before cannot run any more, after a migration; then a failure holds instead.'),
  'failed-green': z.enum(['delete', 'scale-to-zero', 'keep']).default('delete'),
  deadline: duration.default(1_800_000).describe('For the whole run.'),
  deadlines: z
    .strictObject({
      deploy: duration.default(120_000),
      ready: duration.default(600_000),
      verify: duration.default(300_000),
      switch: duration.default(60_000),
      confirm: duration.default(60_000),
      drain: duration.default(300_000),
      teardown: duration.default(300_000),
    })
    .prefault({}),
  lock: z
    .strictObject({
      wait: durationOrNever.prefault('never').describe('How long to wait for another run that holds this release.'),
      term: duration
        .refine(ms => ms >= 1_000, { error: 'must be at least 1s' })
        .default(60_000)
        .describe('A run that has not renewed its record for this long counts as gone, and may be taken over.'),
    })
    .prefault({}),
  unfinished: z
    .enum(['finish', 'refuse'])
    .default('finish')
    .describe('What a run does that finds another version left half-way: bring it to its end first, or stop.'),
  notify: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).describe('Gets the result.'),
      format: z
        .enum(['json', 'slack', 'teams'])
        .default('json')
        .describe('The result as JSON, or a message as a webhook of Slack or a workflow of Teams takes it.'),
      secret: text.optional().describe('Signs the body: X-Cutover-Signature is sha256= and its HMAC.'),
    })
    .optional()
    .describe('One HTTP POST when the run has ended. That it fails is a warning, and never changes the result.'),
  approval: approvalSchema
    .prefault({})
    .describe('Whether and how a person is asked before the switch or the teardown.'),
  environment: text
    .optional()
    .describe('What is deployed to, such as production: shown as a deployment and as the status of the commit.'),
  github: githubSchema.prefault({}),
  gitlab: gitlabSchema.prefault({}),
  'strict-gates': z.boolean().default(false).describe('Whether a run that stops at a gate ends with exit code 5.'),
  'report-directory': text.optional().describe('Where result.json, report.html, junit.xml and summary.md are written.'),
});

export type Config = z.output<typeof configSchema>;
export type TargetConfig = z.output<typeof targetSchema>;
export type Identity = z.output<typeof identitySchema>;
export type GaugeConfig = z.output<typeof gaugeSchema>;
export type DrainConfig = Config['drain'];
