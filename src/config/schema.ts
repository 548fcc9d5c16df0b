/**
 * The shape of a configuration, once: types, validation and the JSON schema for editors come from here.
 * Field names are those of `cutover.yml`; inputs fill the same fields (`inputs.ts`).
 */
import { z } from 'zod';
import { parseDuration } from '../lib/units.js';
import { VERBS } from '../release/model.js';

const duration = z
  .string({ error: 'must be a duration in words, such as 30s, 5m or immediately' })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (typeof parsed === 'number') return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  })
  .describe('A duration in words: 30s, 5m, 1h30m or immediately.');

/** A span of time that may also be `never`, which becomes undefined. */
const durationOrNever = z.union([z.literal('never').transform(() => undefined), duration]);

/** A share in percent, which becomes a fraction. */
const percent = z
  .string({ error: 'must be a percentage in quotes, such as "1%"' })
  .regex(/^\d+(\.\d+)?%$/, { error: 'must be a percentage, such as 1% or 0.5%' })
  .transform(words => Number(words.slice(0, -1)) / 100)
  .describe('A percentage, such as 1% or 0.5%.');

const text = z.string().min(1, { error: 'must not be empty' });
/** Slots become object names on every platform: the strictest rule of all of them, RFC 1123 labels. */
const slotName = text.max(53, { error: 'must have at most 53 characters' }).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
  error: 'must be lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
});

const expectation = z
  .strictObject({
    status: z
      .union([z.number().int().min(100).max(599), z.array(z.number().int().min(100).max(599)).min(1)])
      .optional(),
    headers: z.record(z.string(), z.string()).optional().describe('Header name to its exact value or /regex/.'),
    body: text.optional().describe('Text that the body must contain, or /regex/ that it must match.'),
    json: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe('Dotted path in the JSON body to its exact value, such as build.version.'),
    version: z.literal(true).optional().describe('The answer must carry the wanted version, as `identity` says.'),
    within: duration.optional().describe('Longest time to the complete answer.'),
  })
  .describe('What the answer must look like; the default is any status from 200 to 299.');

const onUnknown = z
  .enum(['fail', 'pass'])
  .optional()
  .describe('What it means that the check could not be made; fail if not given.');

const credentials = z
  .strictObject({
    basic: z.strictObject({ user: text, password: z.string() }).optional(),
    bearer: text.optional().describe('A token; write the name of an environment variable as in every text.'),
  })
  .refine(given => (given.basic === undefined) !== (given.bearer === undefined), {
    error: 'needs either basic or bearer',
  });

const tls = z
  .strictObject({
    ca: text.optional().describe('File of PEM certificates to trust in place of the public ones.'),
    certificate: text.optional().describe("File of the client's own PEM certificate."),
    key: text.optional().describe('File of its key.'),
  })
  .refine(given => (given.certificate === undefined) === (given.key === undefined), {
    error: 'needs certificate and key together',
  });

const httpRequest = z.strictObject({
  path: z.string().startsWith('/', { error: 'must begin with /' }),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  credentials: credentials.optional(),
  tls: tls.optional(),
  expect: expectation.default({}),
  timeout: duration.default(5_000).describe('For one request.'),
  retries: z.number().int().min(0).max(100).default(0).describe('How often a failed attempt is made again.'),
  interval: duration.default(1_000).describe('Between attempts and between passes.'),
  passes: z.number().int().min(1).max(100).default(1).describe('Passes in a row that make the check pass.'),
});

const httpCheck = z.strictObject({ name: text.optional(), 'on-unknown': onUnknown, http: httpRequest });

const capture = z
  .strictObject({
    json: text.optional().describe('Dotted path in the JSON body.'),
    header: text.optional().describe('Name of a header of the answer.'),
    match: text
      .refine(isPattern, { error: 'must be a regular expression' })
      .optional()
      .describe('Regular expression on the value, or on the body; its first group is what is kept.'),
    secret: z.boolean().default(false).describe('Whether the value must not be seen in logs and reports.'),
  })
  .refine(({ json, header, match }) => !(json && header) && [json, header, match].some(given => given !== undefined), {
    error: 'needs json, header or match: where the value stands',
  });

const suiteCheck = z.strictObject({
  name: text.optional(),
  'on-unknown': onUnknown,
  suite: z.strictObject({
    requests: z
      .array(httpRequest.extend({ capture: z.record(z.string().regex(/^[A-Za-z_]\w*$/), capture).default({}) }))
      .min(1, { error: 'needs at least one request' })
      .describe('Made one after the other; {{name}} stands for what an earlier one captured.'),
    cookies: z.boolean().default(true).describe('Whether cookies of an answer go with the requests after it.'),
    credentials: credentials.optional().describe('For requests that have none of their own.'),
    tls: tls.optional().describe('For requests that have none of their own.'),
    deadline: duration.default(60_000).describe('For all requests together.'),
  }),
});

const commandCheck = z.strictObject({
  name: text.optional(),
  'on-unknown': onUnknown,
  command: z.strictObject({
    run: z.union([text, z.array(text).min(1)]).describe('A program and its arguments; a list needs no quoting.'),
    shell: z.boolean().default(false).describe('Whether `run` is a line for the shell.'),
    timeout: duration.default(120_000),
    environment: z.record(z.string(), z.string()).default({}),
  }),
});

export const checkSchema = z.union([httpCheck, suiteCheck, commandCheck], {
  error:
    'must be an http check (http: {path: ...}), a suite (suite: {requests: [...]}) or a command check (command: {run: ...})',
});

export const identitySchema = z
  .strictObject({
    path: z.string().startsWith('/', { error: 'must begin with /' }).default('/'),
    header: text.optional().describe('Response header that holds the version.'),
    json: text.optional().describe('Dotted path of the version in a JSON body.'),
  })
  .refine(identity => (identity.header === undefined) !== (identity.json === undefined), {
    error: 'needs either header or json: where an answer says its version',
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

export const targetSchema = z.strictObject({
  name: slotName.describe('What this target is called in logs and reports.'),
  slots: z
    .strictObject({ blue: slotName, green: slotName })
    .describe('The two places. Which of them is live is read from the routing, whatever they are called.'),
  namespace: text.optional(),
  manifest: text.optional().describe('File, folder or glob of YAML documents, relative to the workspace.'),
  image: text.optional().describe("The image of the workload's only, or first, container."),
  images: z.record(z.string(), text).optional().describe('Container name to image.'),
  routes: z
    .array(z.string().regex(/^[a-z]+\/[-a-z0-9.]+$/, { error: 'must be kind/name, such as service/shop' }))
    .min(1, { error: 'needs at least one route, such as service/shop' }),
  'live-url': z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  identity: identitySchema.optional(),
});

export const configSchema = z.strictObject({
  platform: z.enum(['kubernetes']).default('kubernetes'),
  verb: z.enum(VERBS).default('run'),
  'dry-run': z.boolean().default(false),
  release: slotName.optional().describe('The name of the record; the first target if not given.'),
  version: text.describe('What tells one build from another.'),
  kubeconfig: text.optional().describe('A path, or the YAML itself.'),
  context: text.optional(),
  namespace: text.optional(),
  targets: z.array(targetSchema).min(1, { error: 'needs at least one target' }),
  verify: z.array(checkSchema).default([]).describe('Checks on green, in private, before the switch.'),
  settle: duration.default(5_000).describe('How long green must stay ready before it counts.'),
  bake: z
    .strictObject({
      for: duration.default(60_000).describe('How long live traffic is watched with blue at full size.'),
      checks: z.array(checkSchema).default([]).describe('Checks on the live URL.'),
      interval: duration.default(10_000).describe('Between two rounds of the checks.'),
      probe: z
        .strictObject({
          rate: z
            .number()
            .min(0.1)
            .max(50)
            .default(10)
            .describe('Requests a second to the live URL on fresh connections, and as many on a kept one.'),
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
        .prefault({}),
    })
    .prefault({}),
  drain: z
    .strictObject({
      gauge: gaugeSchema.optional().describe('How many operations an instance of blue has still to finish.'),
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
  'strict-gates': z.boolean().default(false).describe('Whether a run that stops at a gate ends with exit code 5.'),
  'report-directory': text.optional().describe('Where result.json and summary.md are written.'),
});

export type Config = z.output<typeof configSchema>;
export type TargetConfig = z.output<typeof targetSchema>;
export type CheckConfig = z.output<typeof checkSchema>;
export type HttpCheckConfig = z.output<typeof httpRequest>;
export type SuiteCheckConfig = z.output<typeof suiteCheck>['suite'];
export type CaptureConfig = z.output<typeof capture>;
export type CredentialsConfig = z.output<typeof credentials>;
export type TlsConfig = z.output<typeof tls>;
export type CommandCheckConfig = z.output<typeof commandCheck>['command'];
export type Identity = z.output<typeof identitySchema>;
export type GaugeConfig = z.output<typeof gaugeSchema>;

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
