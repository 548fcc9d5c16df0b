/** The section `bcs`: where the gateway and the cluster are, and who we are to them. */
import { z } from 'zod';
import { duration, text } from './values.js';

export const bcsSchema = z
  .strictObject({
    orchestrator: z.enum(['mesos', 'kubernetes']).describe("The cluster's plan."),
    cluster: text.describe('Such as BCS-MESOS-10000 or BCS-K8S-40000.'),
    api: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .transform(url => url.replace(/\/+$/, ''))
      .optional()
      .describe('The API gateway; that of the configuration file if not given.'),
    token: text.optional().describe('Sent in the headers of both generations of the gateway.'),
    conf: text.optional().describe("Path of bcs-client's own configuration file, such as /var/bcs/bcs.conf."),
    ca: text.optional().describe('The certificate authority of the gateway: PEM text, or the path of a file.'),
    namespace: text
      .optional()
      .describe(
        'Of definitions that name none; if not given, defaultGroup on the Mesos plan and default on the other.',
      ),
    'read-lag': duration
      .default(12_000)
      .describe('How long what is read may be behind what was written: storage copies every 8 to 10 seconds.'),
    'load-balancer-lag': duration
      .default(20_000)
      .describe('How long the load balancer may take to follow an export: it reads all of them that often.'),
  })
  .refine(section => section.api !== undefined || section.conf !== undefined, {
    error: 'needs api (of the gateway) or conf (a bcs.conf that names it)',
  });

export type BcsConfig = z.output<typeof bcsSchema>;

/** Why there is no `route: group`, a service for each slot; docs/bcs.md has the evidence. */
export const NO_GROUP_ROUTE =
  "group, a service for each slot, is not offered on BCS: a load balancer's group is a label of the service, an update of a service keeps the labels that it was created with, and two services with one port in one group freeze the whole load balancer. Name the one service under routes, such as [service/test], with switch.mode atomic or overlap; docs/bcs.md says what users may see meanwhile.";
