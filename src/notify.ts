/** Tells the result to a URL when a run has ended. */
import type { Config } from './config/schema.js';
import { asFailure } from './failures.js';
import type { Host } from './hosts/port.js';
import { systemClock } from './lib/poll.js';
import type { Outcome } from './release/model.js';
import { masked } from './report/masked.js';
import { resultInShort } from './report/result.js';

type Notification = NonNullable<Config['notify']>;

/** What goes wrong is a warning: a release does not hang on it. */
export async function notify(host: Host, outcome: Outcome, wanted: Config['notify']): Promise<void> {
  if (!wanted) return;
  const { url, secret } = wanted;
  // Whoever knows the URL of a chat's webhook may write into the chat.
  for (const hidden of [secret, url, withoutQuery(url)]) if (hidden !== undefined) host.mask(hidden);
  try {
    const body = await bodyOf(
      masked(outcome, text => host.redact(text)),
      host.run.link,
      wanted.format,
    );
    const { postSigned } = await import('./lib/post-signed.js');
    // A run that was cancelled has an end to tell, too.
    const problem = await postSigned({ url, secret, body, clock: systemClock }, new AbortController().signal);
    if (problem !== undefined) host.log.warning(`The notification was not taken: ${problem}`);
  } catch (thrown) {
    host.log.warning(`The notification could not be sent: ${asFailure(thrown).message}`);
  }
}

async function bodyOf(outcome: Outcome, link: string | undefined, format: Notification['format']): Promise<string> {
  switch (format) {
    case 'slack':
      return JSON.stringify((await import('./report/slack.js')).slackMessage(outcome, link));
    case 'teams':
      return JSON.stringify((await import('./report/teams.js')).teamsMessage(outcome, link));
    case 'json':
      return JSON.stringify(resultInShort(outcome));
  }
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '');
}
