import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/release/model.js';
import { SUMMARY_BYTES, summary } from '../../src/report/summary.js';
import { invalid, rolledBack, shop, step, succeeded } from './outcomes.js';
import { longest, poisoned } from './poison.js';

const golden = (name: string) => readFile(new URL(`golden/${name}.md`, import.meta.url), 'utf8');

describe('a summary', () => {
  test.each([
    ['succeeded', succeeded],
    ['rolled-back', rolledBack],
    ['invalid', invalid],
  ])('of a run that is %s reads as its file in golden/', async (name, outcome) => {
    expect(summary(outcome)).toBe(await golden(name));
  });

  test('of a failure says what failed, then whose words, then what was done, then what to do; the rest comes after', () => {
    const text = summary(rolledBack);
    expect(text.startsWith('## ↩️ The release of shop')).toBe(true);
    const places = [
      '### What failed\n\n`CHECKS_FAILED` at bake: 1 of 2 checks did not pass',
      '### What the platform said\n\n````text\npanic: nil pointer',
      '### What was done about it\n\n- service/shop of shop was put back to cutover/slot=shop-blue, 15 s after the switch',
      '- The previous routing is back: shop serves from shop-blue.',
      '### What to do now\n\n- The table of checks says what each expected and what came.',
      '### What is live',
      '### Steps',
      '### Checks',
      '### Approvals',
      '### Routing',
      '### Evidence',
    ];
    const found = places.map(place => text.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((one, other) => one - other));
  });

  test('of a failure that wrote nothing says so, and one that needs a person has the commands with what to do', () => {
    const { failures } = rolledBack;
    const refused: Outcome = { ...invalid, result: 'refused', failures };
    expect(summary(refused)).toContain('### What was done about it\n\n- This run wrote nothing to the platform.');
    const stuck: Outcome = { ...rolledBack, result: 'rollback-failed', targets: [shop], changes: [] };
    const text = summary(stuck);
    expect(text).toContain('The previous routing was to be put back, and that was not finished.');
    const [todo = ''] = text.slice(text.indexOf('### What to do now')).split('### What is live');
    expect(todo).toContain(`To go back by hand:\n\n\`\`\`sh\n${shop.rollbackCommand}`);
    expect(text.match(/go back by hand/g)).toHaveLength(1);
  });

  test('shows who approved what, when, and after how long', () => {
    const link = '[issue #&#8203;12](https://github.example/example/shop/issues/12)';
    expect(summary(succeeded)).toContain(
      `| ✅ approved | before switch | \`octocat\` | 2026-11-20T20:00:20.000Z | 15 s | ${link} |`,
    );
    const [asked] = succeeded.approvals;
    const silent = { ...asked, decision: 'timed-out', by: [], link: 'javascript:alert(1)' } as unknown as typeof asked;
    const text = summary({ ...succeeded, approvals: silent ? [silent] : [] });
    expect(text).toContain('| ⌛ timed-out | before switch | nobody |');
    expect(text).not.toContain('javascript');
  });

  test('shows the checks that did not pass before those that did', () => {
    const text = summary(rolledBack);
    expect(text.indexOf('❌ fail')).toBeGreaterThan(0);
    expect(text.indexOf('❌ fail')).toBeLessThan(text.indexOf('✅ pass'));
  });

  test('has the commands to go back by hand in a block that can be copied', () => {
    expect(summary(succeeded)).toContain(`\`\`\`sh\n${shop.rollbackCommand}\n\`\`\``);
    expect(summary({ ...succeeded, targets: [{ ...shop, rollbackCommand: undefined }] })).not.toContain('by hand');
  });
});

describe('no text from outside takes effect in a summary', () => {
  const dangers: [string, string, RegExp][] = [
    ['HTML', '<script>alert(1)</script>', /<script/],
    ['a table cell', 'a | b |', /a \| b/],
    ['a mention', 'ask @octocat', /@octocat/],
    ['a link', 'see https://evil.example/x', /https:\/\/evil/],
    ['an image', '![x](y)', /!\[x\]\(/],
    ['a heading', 'x\n# Approved\n', /^# Approved/m],
    ['a closed fence', 'x\n```\n\n# Approved', /^```$[\s\S]*^# Approved/m],
    ['the end of a fold', '</details>', /<\/details>\S|\| <\/details>/],
    ['a workflow command', '\n::error::x', /^::error/m],
  ];
  test.each(dangers)('%s', (_name, text, effect) => {
    const rendered = summary(poisoned(text));
    expect(rendered).toContain('### What failed');
    expect(outsideOfCode(rendered)).not.toMatch(effect);
  });

  test('and a block of the platform’s words ends where we end it', () => {
    const lines = summary(poisoned('x\n```\ny')).split('\n');
    const open = lines.findIndex(line => /^`{4,}text$/.test(line));
    const fence = lines[open]?.replace('text', '');
    expect(open).toBeGreaterThan(0);
    expect(lines.slice(open + 1).find(line => line.startsWith(fence ?? '?'))).toBe(fence);
  });
});

/** The Markdown without its blocks and its code type, where text stands for itself. */
function outsideOfCode(markdown: string): string {
  return markdown.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '').replace(/`[^`\n]*`/g, '');
}

describe('a summary stays below its limit', () => {
  test('by counting the rows that it leaves out', () => {
    const many = { ...succeeded, steps: Array.from({ length: 1_000 }, () => step('deploy')) };
    expect(summary(many)).toContain('and 800 more');
    expect(summary(many).match(/deploy is done/g)).toHaveLength(200);
  });

  test('whatever the input', () => {
    const outcome = longest();
    const text = summary(outcome);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_BYTES);
    expect(text).toContain('### What failed');
    expect(text).toContain('### Writes made');
  });
});
