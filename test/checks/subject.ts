/** What the tests of checks share: a subject, tools that note what is said, and a configuration as it is written. */
import { checkSchema, type Identity } from '../../src/config/schema.js';
import { systemClock } from '../../src/lib/poll.js';

export const subjectAt = (url: string, identity?: Identity) => ({
  target: 'shop',
  slot: 'shop-green',
  version: 'v2',
  blue: { slot: 'shop-blue', version: 'v1' },
  url,
  identity,
  environment: { GREEN_URL: url, BLUE_URL: 'http://blue' },
});

/** The check as a configuration file would say it, with all defaults. */
export const checkOf = (written: object) => checkSchema.parse(written);

export function toolsFor(workspace: string, environment: Record<string, string | undefined> = {}) {
  const said: string[] = [];
  const log = { debug: (text: string) => void said.push(text) };
  return { tools: { clock: systemClock, workspace, environment, log }, said };
}
