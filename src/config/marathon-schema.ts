/** The section `marathon`: where Marathon and its load balancer are, and who we are to them. */
import { z } from 'zod';
import { text } from './values.js';

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform(url => url.replace(/\/+$/, ''));

const login = { user: text, password: text };

const credentialsSchema = z.union(
  [
    z.strictObject({ token: text.describe('A DC/OS token that lives longer than the run.') }),
    z.strictObject({ ...login }).describe('A DC/OS user; logs in, and again before the token ends.'),
    z.strictObject({
      'service-account': text.describe('The secret of a DC/OS service account: its JSON, or the path of a file.'),
    }),
    z.strictObject({ basic: z.strictObject(login).describe('Basic authentication of Marathon without DC/OS.') }),
  ],
  { error: 'must be one of {token}, {user, password}, {service-account} and {basic: {user, password}}' },
);

export const marathonSchema = z
  .strictObject({
    url: address.optional().describe('The DC/OS cluster: what its users open in a browser.'),
    'marathon-url': address.optional().describe('Marathon itself, if not at /service/marathon of the cluster.'),
    'edge-lb-url': address.optional().describe('The Edge-LB API, if not at /service/edgelb of the cluster.'),
    router: z.enum(['edge-lb', 'marathon-lb']).default('edge-lb').describe('What brings users to the instances.'),
    'load-balancers': z
      .array(address)
      .default([])
      .describe(
        'Statistics of every load balancer, such as http://10.0.0.7:9090; Edge-LB names its own if not given, marathon-lb does not.',
      ),
    statistics: z
      .enum(['required', 'if-reachable'])
      .default('required')
      .describe('Whether a switch counts as followed that was not seen at every load balancer.'),
    credentials: credentialsSchema.optional(),
    ca: text.optional().describe('The certificate authority of the cluster: PEM text, or the path of a file.'),
  })
  .refine(section => section.url !== undefined || section['marathon-url'] !== undefined, {
    error: 'needs url (of a DC/OS cluster) or marathon-url (of Marathon alone)',
  });

export const marathonTargetSchema = z
  .strictObject({
    preview: z
      .strictObject({
        route: text.describe('A backend of a pool that users do not reach, such as pool/sample-config/preview.'),
        url: address.describe('Where the checks reach it: the address of its own frontend, or the host of its rule.'),
      })
      .optional()
      .describe('How checks reach green where they do not reach its instances.'),
  })
  .optional()
  .describe('With platform marathon: how green is reached in private.');

export type MarathonConfig = z.output<typeof marathonSchema>;
export type MarathonCredentials = z.output<typeof credentialsSchema>;
