/** The result as a workflow of Microsoft Teams takes it from a webhook: a message with an Adaptive Card. */
import { webAddress } from '../lib/inert.js';
import type { Outcome, Result } from '../release/model.js';
import { digestOf } from './digest.js';

const COLOURS: Readonly<Partial<Record<Result, string>>> = {
  succeeded: 'Good',
  unchanged: 'Good',
  failed: 'Attention',
  invalid: 'Attention',
  'rollback-failed': 'Attention',
  'rolled-back': 'Warning',
  degraded: 'Warning',
  refused: 'Warning',
  cancelled: 'Warning',
};

/** Texts are `TextRun`s: Teams reads Markdown in other blocks, and not in them. Below the 28 kB that Teams takes. */
export function teamsMessage(outcome: Outcome, link: string | undefined): object {
  const { headline, facts, story } = digestOf(outcome);
  const address = webAddress(link);
  const colour = COLOURS[outcome.result] ?? 'Default';
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      paragraph([{ ...run(headline), size: 'Large', weight: 'Bolder', color: colour }]),
      ...facts.map(({ name, value }) => paragraph([{ ...run(`${name}: `), isSubtle: true }, run(value)], 'Small')),
      ...story.flatMap(({ title, lines }) => [
        paragraph([{ ...run(title), weight: 'Bolder' }], 'Medium'),
        ...lines.map(line => paragraph([run(line)], 'Small')),
      ]),
    ],
    actions: address === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'Open the run', url: address }],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function paragraph(inlines: readonly object[], spacing = 'Default'): object {
  return { type: 'RichTextBlock', spacing, inlines };
}

/** Two braces would begin a function of the card, such as {{DATE(...)}}. */
function run(text: string): object {
  return { type: 'TextRun', text: text.replace(/\{(?=\{)/g, '{\u200b') };
}
