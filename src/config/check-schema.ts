/** The shape of checks, as `verify` and `bake.checks` list them. */
import { z } from 'zod';
import { MEASURES, USAGES } from '../lib/limits.js';
import { duration, limit, text } from './values.js';

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

/** What every check may say beside its kind. */
const common = {
  name: text.optional().describe('What it is called in reports; what it does if not given.'),
  'on-unknown': z
    .enum(['fail', 'hold', 'pass'])
    .optional()
    .describe(
      'What it means that the check could not be made: that it failed (if not given), that the release stops where it is for a person to look, or nothing.',
    ),
  deadline: duration.optional().describe('For the whole check, all its attempts and waits; beyond it the check fails.'),
};

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
    ca: text.optional().describe('PEM certificates to trust in place of the public ones: a file, or the PEM itself.'),
    certificate: text.optional().describe("The client's own certificate: a PEM file, or the PEM itself."),
    key: text.optional().describe('Its key: a PEM file, or the PEM itself.'),
  })
  .refine(given => (given.certificate === undefined) === (given.key === undefined), {
    error: 'needs certificate and key together',
  });

const method = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const httpRequest = z.strictObject({
  path: z.string().startsWith('/', { error: 'must begin with /' }),
  method: method.default('GET'),
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

const httpCheck = z.strictObject({ ...common, http: httpRequest });

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
  ...common,
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

const latencyLimit = limit(['ms', 'x blue'], '<= 250ms or <= 1.2x blue').optional();

const loadCheck = z.strictObject({
  ...common,
  load: z.strictObject({
    path: z.string().startsWith('/', { error: 'must begin with /' }),
    method: method.default('GET'),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional(),
    credentials: credentials.optional(),
    tls: tls.optional(),
    connections: z.number().int().min(1).max(200).default(10).describe('Kept-alive connections.'),
    rate: z
      .number()
      .min(0.1)
      .max(2_000)
      .optional()
      .describe(
        'Requests a second, due whether or not the service keeps up; each connection at its own pace if not given.',
      ),
    for: duration.default(10_000),
    timeout: duration.default(5_000).describe('For one request.'),
    errors: limit(['%', 'x blue'], '< 0.1%').prefault('<= 0%').describe('Share of failed requests.'),
    p50: latencyLimit,
    p95: latencyLimit,
    p99: latencyLimit,
    throughput: limit(['/s', 'x blue'], '>= 100/s or >= 0.9x blue').optional().describe('Good answers a second.'),
  }),
});

/** Where a Prometheus server is, and how it is asked. */
export const prometheusServerSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).describe('Of the Prometheus server.'),
  credentials: credentials.optional(),
  tls: tls.optional(),
  timeout: duration.default(10_000).describe('For one query.'),
});

/** How numbers that others measure are asked for. */
const patience = {
  interval: duration.default(5_000).describe('Between two queries.'),
  passes: z.number().int().min(1).max(100).default(1).describe('Passes in a row that make the check pass.'),
  failures: z.number().int().min(0).max(100).default(0).describe('So many failed queries are borne.'),
  unknowns: z.number().int().min(0).max(100).default(0).describe('So many queries without a number are borne.'),
};

const prometheusCheck = z.strictObject({
  ...common,
  prometheus: z
    .strictObject({
      ...prometheusServerSchema.shape,
      query: text.describe('PromQL with one number as its result; {{slot}} and {{version}} stand for those of green.'),
      expect: limit(['number', '%', 'x blue'], '< 0.1, < 1% or <= 1.2x blue').describe(
        'What the number is held against. A factor of blue takes {{slot}} or {{version}} in the query: it is asked for both.',
      ),
      range: duration
        .refine(ms => ms >= 1_000, { error: 'must be at least 1s' })
        .optional()
        .describe('So much of the time that has just passed is looked at; the present alone if not given.'),
      step: duration
        .refine(ms => ms >= 1_000, { error: 'must be at least 1s' })
        .optional()
        .describe('Between two points of the range; a sixtieth of it if not given.'),
      judge: z
        .enum(['every', 'last', 'average'])
        .default('every')
        .describe('What of a range has to keep the limit: every point, the last one, or their average.'),
      ...patience,
    })
    .refine(({ expect, query }) => expect.unit !== 'x blue' || /\{\{\s*(slot|version)\s*\}\}/.test(query), {
      path: ['query'],
      error: 'needs {{slot}} or {{version}}, because its number is compared with that of blue',
    })
    .refine(({ step, range }) => step === undefined || (range !== undefined && step <= range), {
      path: ['step'],
      error: 'needs a range that is at least as long',
    }),
});

const shareLimit = limit(['%', 'x blue'], '<= 80% or <= 1.2x blue').optional();

const logCacheCheck = z.strictObject({
  ...common,
  'log-cache': z
    .strictObject({
      for: duration
        .default(60_000)
        .refine(ms => ms >= 1_000, { error: 'must be at least 1s' })
        .describe('So much of the time that has just passed is looked at.'),
      requests: z.number().int().min(1).default(10).describe('Fewer in this time say nothing: it is unknown then.'),
      errors: limit(['%', 'x blue'], '< 1%')
        .optional()
        .describe('Share of requests that were answered with 500 and above.'),
      p50: latencyLimit,
      p95: latencyLimit,
      p99: latencyLimit,
      throughput: limit(['/s', 'x blue'], '>= 100/s or >= 0.9x blue').optional().describe('Good answers a second.'),
      cpu: shareLimit.describe('Of one core, on average, of the instance that uses most.'),
      memory: shareLimit.describe('Of what an instance may have, at its most, of the instance that uses most.'),
      disk: shareLimit.describe('The same of its disk.'),
      ...patience,
    })
    .refine(given => [...MEASURES, ...USAGES].some(kpi => given[kpi] !== undefined), {
      error: `needs a limit: one of ${[...MEASURES, ...USAGES].join(', ')}`,
    }),
});

const commandCheck = z.strictObject({
  ...common,
  command: z.strictObject({
    run: z.union([text, z.array(text).min(1)]).describe('A program and its arguments; a list needs no quoting.'),
    shell: z.boolean().default(false).describe('Whether `run` is a line for the shell.'),
    timeout: duration.default(120_000),
    environment: z.record(z.string(), z.string()).default({}),
    junit: text
      .optional()
      .describe(
        'JUnit XML that the command writes, a file or a glob below the workspace; its tests are reported, too.',
      ),
  }),
});

export const checkSchema = z.union([httpCheck, suiteCheck, loadCheck, prometheusCheck, logCacheCheck, commandCheck], {
  error:
    'must be an http check (http: {path: ...}), a suite (suite: {requests: [...]}), a load (load: {path: ...}), a prometheus check (prometheus: {url: ..., query: ...}), a log-cache check (log-cache: {errors: ...}) or a command check (command: {run: ...})',
});

export type CheckConfig = z.output<typeof checkSchema>;
export type HttpCheckConfig = z.output<typeof httpRequest>;
export type SuiteCheckConfig = z.output<typeof suiteCheck>['suite'];
export type LoadCheckConfig = z.output<typeof loadCheck>['load'];
export type PrometheusServerConfig = z.output<typeof prometheusServerSchema>;
export type PrometheusCheckConfig = z.output<typeof prometheusCheck>['prometheus'];
export type LogCacheCheckConfig = z.output<typeof logCacheCheck>['log-cache'];
export type CaptureConfig = z.output<typeof capture>;
export type CredentialsConfig = z.output<typeof credentials>;
export type TlsConfig = z.output<typeof tls>;
export type CommandCheckConfig = z.output<typeof commandCheck>['command'];

/** Whether a text is a regular expression. */
export function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
