/** The section `cloud-foundry`: where the foundations are and who we are to them; and what a target says for it alone. */
import { z } from 'zod';
import { duration, text } from './values.js';

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform(url => url.replace(/\/+$/, ''));

const assertionSchema = z.union(
  [
    text,
    z.strictObject({ audience: text.describe('GitHub gives the job a token for it, a new one for each login.') }),
    z.strictObject({
      variable: text.describe('An environment variable that holds it, such as one of the id_tokens of GitLab.'),
    }),
  ],
  { error: 'must be a token, {audience} or {variable}' },
);

const credentialsSchema = z.union(
  [
    z.strictObject({ user: text, password: text, origin: text.optional() }),
    z.strictObject({ client: text, secret: text }),
    z.strictObject({ client: text, assertion: assertionSchema }),
    z.strictObject({
      'jwt-bearer': assertionSchema.describe("The pipeline's own OIDC token: no secret is stored."),
      client: text.default('cf'),
      secret: z.string().default(''),
    }),
    z.strictObject({ token: text.describe('A token that lives longer than the run.') }),
  ],
  {
    error:
      'must be one of {user, password}, {client, secret}, {client, assertion}, {jwt-bearer, client, secret} and {token}',
  },
);

const place = {
  api: address.describe('Such as https://api.sys.example.com; everything else is found from there.'),
  org: text,
  space: text,
  credentials: credentialsSchema,
  ca: text.optional().describe('The certificate authority of the foundation: PEM text, or the path of a file.'),
  routers: z
    .array(address)
    .min(1, { error: 'needs at least one address; leave it out to ask at the routes themselves' })
    .optional()
    .describe('Addresses of every router, so that each is proved by itself; the routes themselves if not given.'),
};

export const cloudFoundrySchema = z.strictObject({
  ...place,
  probes: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('So many right answers in a row, on connections of their own, prove an instance at an address.'),
  proof: z
    .enum(['instances', 'wait'])
    .default('instances')
    .describe(
      'Whether each instance is asked for at the routers, or propagation is only waited for (on Korifi always).',
    ),
  propagation: duration
    .default(30_000)
    .describe(
      'How long the routers may take to follow: then a destination is inserted anew, or taken for followed where they cannot be asked.',
    ),
  linger: duration
    .default(15_000)
    .describe('How long an app goes on after no router sends it anything any more, before it is stopped or deleted.'),
  foundations: z
    .record(z.string(), z.strictObject(place).partial())
    .default({})
    .describe('Further foundations by name: what each has other than the section itself.'),
});

/** What a target says for Cloud Foundry alone. */
export const cloudFoundryTargetSchema = z
  .strictObject({
    foundation: text.optional().describe('One of cloud-foundry.foundations; the section itself if not given.'),
    bits: text.optional().describe('A folder or zip file of what is pushed, relative to the workspace.'),
    'droplet-of': z
      .strictObject({ app: text, org: text.optional(), space: text.optional() })
      .optional()
      .describe('An app whose droplet is copied, such as the one of the environment before.'),
    docker: z
      .strictObject({ username: text, password: text })
      .optional()
      .describe('Who we are to the registry of the image.'),
    app: text
      .optional()
      .describe('What the live app is called in the end; the one before is called so with -old behind it.'),
  })
  .optional()
  .describe('With platform cloud-foundry: where green comes from, and what the live app is called.');

export type CloudFoundryConfig = z.output<typeof cloudFoundrySchema>;
export type CloudFoundryCredentials = z.output<typeof credentialsSchema>;
/** A signed JWT, or where the job has one. */
export type AssertionConfig = z.output<typeof assertionSchema>;
/** One foundation, and how its routers are proved. */
export type CloudFoundryPlace = Omit<CloudFoundryConfig, 'foundations'>;
