/** The result as an incoming webhook of Slack takes it (Block Kit). */
import { plain, webAddress } from '../lib/inert.js';
import { shorten } from '../lib/text.js';
import type { Outcome } from '../release/model.js';
import { digestOf } from './digest.js';

/** Limits of Block Kit, in characters. */
const HEADER = 150;
const SECTION = 3_000;

/** Texts are `plain_text`, which Slack does not format, with its control characters escaped: no mention, no link. */
export function slackMessage(outcome: Outcome, link: string | undefined): object {
  const { headline, facts, story } = digestOf(outcome);
  const address = webAddress(link);
  return {
    text: inert(headline, SECTION),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: words(headline, HEADER) },
      { type: 'section', fields: facts.slice(0, 10).map(({ name, value }) => words(`${name}\n${value}`, 500)) },
      ...story.map(({ title, lines }) => ({ type: 'section', text: words([title, ...lines].join('\n'), SECTION) })),
      ...(address === undefined
        ? []
        : [{ type: 'actions', elements: [{ type: 'button', text: words('Open the run', 75), url: address }] }]),
    ],
  };
}

function words(text: string, limit: number): object {
  return { type: 'plain_text', text: inert(text, limit), emoji: true };
}

/** Shortened before it is escaped, with room for what escaping adds; lines stay. */
function inert(text: string, limit: number): string {
  const lines = text.split('\n').map(line => plain(line));
  const escaped = (part: string) => part.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  for (let most = limit; ; most = Math.floor(most / 2)) {
    const made = escaped(shorten(lines.join('\n'), most));
    if (made.length <= limit) return made;
  }
}
