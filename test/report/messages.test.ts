import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/release/model.js';
import { slackMessage } from '../../src/report/slack.js';
import { teamsMessage } from '../../src/report/teams.js';
import { rolledBack, shop, succeeded } from './outcomes.js';
import { longest, poisoned } from './poison.js';

const LINK = 'https://github.example/example/shop/actions/runs/1';

interface Words {
  readonly type: string;
  readonly text: string;
}
interface SlackMessage {
  readonly text: string;
  readonly mrkdwn: boolean;
  readonly blocks: readonly {
    readonly type: string;
    readonly text?: Words;
    readonly fields?: readonly Words[];
    readonly elements?: readonly { readonly type: string; readonly url: string; readonly text: Words }[];
  }[];
}
const slack = (outcome: Outcome, link?: string) => slackMessage(outcome, link) as SlackMessage;
const slackTexts = ({ blocks }: SlackMessage) =>
  blocks.flatMap(({ text, fields = [], elements = [] }) => [
    ...(text ? [text] : []),
    ...fields,
    ...elements.map(element => element.text),
  ]);

describe('a message for Slack', () => {
  test('says how it ended, what is live, what was measured, and where the run is', () => {
    const { text, blocks } = slack(succeeded, LINK);
    expect(text).toBe('✅ shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.');
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'actions']);
    expect(blocks[1]?.fields?.map(field => field.text)).toEqual([
      'result\nsucceeded',
      'release\nshop',
      'version\nv2',
      'live now\nshop-green v2',
      'measured\n1200 requests, 0 failed',
    ]);
    expect(blocks[2]?.elements).toMatchObject([{ type: 'button', url: LINK }]);
  });

  test('of a failure says what failed, what was done, and what to do, with the command', () => {
    const texts = slackTexts(slack({ ...rolledBack, result: 'rollback-failed', targets: [shop] }));
    const [failed, done, next] = texts.slice(-3).map(({ text }) => text);
    expect(failed).toMatch(/^What failed\nCHECKS_FAILED at bake: 1 of 2 checks did not pass/);
    expect(done).toContain('\nThe previous routing is back: shop serves from shop-blue.');
    expect(next).toContain(`\n${shop.rollbackCommand}`);
  });

  test('formats nothing of anybody else, mentions nobody and links to nothing (P16)', () => {
    const message = slack(poisoned('<!channel> <https://evil.example|click> *bold* & @here'));
    expect(JSON.stringify(message)).not.toMatch(/<[^"]*>/);
    expect(slackTexts(message).filter(({ type }) => type !== 'plain_text')).toEqual([]);
    expect(message).toMatchObject({ mrkdwn: false });
    expect(message.text).toContain('&lt;!channel&gt;');
  });

  test('keeps the limits of Slack, whatever the outcome holds', () => {
    const message = slack(longest(), LINK);
    expect(message.blocks.length).toBeLessThanOrEqual(50);
    const [header, fields, ...others] = message.blocks;
    expect(header?.text?.text.length).toBeLessThanOrEqual(150);
    expect(fields?.fields?.length).toBeLessThanOrEqual(10);
    for (const field of fields?.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000);
    for (const { text } of others) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
  });
});

interface TeamsMessage {
  readonly type: string;
  readonly attachments: readonly [
    {
      readonly contentType: string;
      readonly content: {
        readonly body: readonly { readonly type: string; readonly inlines: readonly Words[] }[];
        readonly actions: readonly object[];
      };
    },
  ];
}
const teams = (outcome: Outcome, link?: string) => teamsMessage(outcome, link) as TeamsMessage;
const lines = (message: TeamsMessage) =>
  message.attachments[0].content.body.map(({ inlines }) => inlines.map(({ text }) => text).join(''));

describe('a message for Teams', () => {
  test('is one Adaptive Card that says the same, with a way to the run', () => {
    const message = teams(rolledBack, LINK);
    expect(message.type).toBe('message');
    const [{ contentType, content }] = message.attachments;
    expect(contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(content).toMatchObject({ type: 'AdaptiveCard', version: '1.4', actions: [{ url: LINK }] });
    expect(lines(message)).toEqual(
      expect.arrayContaining([
        '↩️ The release of shop, version v2, was rolled back at bake. Live now: shop-blue (v1).',
        'live now: shop-blue v1',
        'What failed',
        'What was done about it',
        'What to do now',
        'The table of checks says what each expected and what came.',
      ]),
    );
  });

  test('formats nothing of anybody else: no Markdown, no function, no foreign link (P16)', () => {
    const message = teams(
      poisoned('[click](https://evil.example) **bold** {{DATE(2026-01-01)}}'),
      'javascript:alert(1)',
    );
    const { body, actions } = message.attachments[0].content;
    // Teams reads Markdown in text blocks and fact sets; runs of rich text are what they say.
    expect(new Set(body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
    expect(new Set(body.flatMap(({ inlines }) => inlines.map(({ type }) => type)))).toEqual(new Set(['TextRun']));
    expect(JSON.stringify(message)).not.toContain('{{');
    expect(actions).toEqual([]);
  });

  test('is smaller than the 28 kB that Teams takes, whatever the outcome holds', () => {
    expect(Buffer.byteLength(JSON.stringify(teams(longest(), LINK)))).toBeLessThan(28_000);
  });
});
