import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/release/model.js';
import { HTML_BYTES, reportHtml } from '../../src/report/html/index.js';
import { hourLong } from './hour.js';
import { invalid, rolledBack, shop, succeeded } from './outcomes.js';
import { longest, poisoned } from './poison.js';

const ABOUT = { actor: 'octocat', link: 'https://github.example/example/shop/actions/runs/1' };
const html = (outcome: Outcome) => reportHtml(outcome, ABOUT);
const titles = (page: string) => [...page.matchAll(/<h2 [^>]*>([^<]*)<\/h2>/g)].map(([, title]) => title);

describe('report.html', () => {
  test('of a failure says what failed, whose words, what was done, what to do; then all the rest', async () => {
    expect(titles(await html(rolledBack))).toEqual([
      'What failed',
      'What the platform said',
      'What was done about it',
      'What to do now',
      'What is live',
      'Steps',
      'What users saw',
      'Routing',
      'Approvals',
      'Checks',
      'Findings',
      'Writes made',
    ]);
  });

  test('of a success says what is live and how to go back first', async () => {
    const page = await html({ ...succeeded, next: 'teardown', notes: ['Blue waits for its teardown.'] });
    expect(titles(page).slice(0, 4)).toEqual(['What is live', 'What to know', 'To go back by hand', 'Steps']);
    expect(page).toContain('<h1>shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.</h1>');
    expect(page).toContain('<dt>next verb</dt><dd>teardown</dd>');
    expect(page).toContain('<a href="https://github.example/example/shop/actions/runs/1"');
  });

  test('of a run that never began is whole, too', async () => {
    expect(titles(await html(invalid))).toEqual(['What failed', 'What to do now']);
  });

  test('allows the style and the script that it brings, and no request to anybody', async () => {
    const page = await html(succeeded);
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const rules = new Map(policy.split('; ').map(rule => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]));
    const digest = (tag: string) => {
      const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
      return `&#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`;
    };
    expect(rules.get('default-src')).toBe('&#39;none&#39;');
    expect(rules.get('script-src')).toBe(digest('script'));
    expect(rules.get('style-src')).toBe(digest('style'));
    expect(page.replace(/<script>[\s\S]*<\/script>/, '')).not.toMatch(/\b(src|srcset|action)=/);
  });

  test('keeps the license of the library inside of it, which is the one that the library brings', async () => {
    const bundled = readFileSync(new URL('../../node_modules/uplot/LICENSE', import.meta.url), 'utf8').trim();
    const kept = readFileSync(
      new URL('../../src/report/html/browser/uplot-license.txt', import.meta.url),
      'utf8',
    ).trim();
    expect(kept).toBe(bundled);
    expect(await html(succeeded)).toContain(kept);
  });

  test('of an hour under a probe stays below 2 MB, whatever else there is, too', async () => {
    expect(Buffer.byteLength(await html(hourLong()))).toBeLessThan(250_000);
    const most = await html(longest());
    expect(Buffer.byteLength(most)).toBeLessThanOrEqual(HTML_BYTES);
    expect(titles(most)).toContain('Writes made');
    expect(most).toMatch(/and \d+ more: result\.json has everything\./);
  });
});

describe('no text from outside takes effect in report.html (P16)', () => {
  const dangers: [string, string][] = [
    ['a script', '<script>alert(1)</script>'],
    ['an image', '<img src=x onerror=alert(1)>'],
    ['the end of an attribute', `" onmouseover="alert(1)" x='`],
    ['the end of the data', '</script><script>alert(1)</script>'],
    ['a comment', '<!-- <script>'],
    ['a link', 'javascript:alert(1)'],
    ['a style', '</style><style>*{display:none}</style>'],
  ];
  test.each(dangers)('%s', async (_name, text) => {
    const page = await html(poisoned(text));
    const own = await html({ ...rolledBack, targets: [shop] });
    // As many elements and attributes as without: nothing that was said became one.
    expect(shapeOf(page)).toEqual(shapeOf(own));
    expect(page).not.toContain('href="javascript:');
  });

  test('nor do characters that turn the reading around, or hide it', async () => {
    const page = await html(poisoned('a\u202eb\u200bc\u001b[31md'));
    expect(['\u202e', '\u200b', '\u001b', '\\u001b', '[31m'].filter(sign => page.includes(sign))).toEqual([]);
  });
});

/** What a page consists of, beside its text: its elements with the names of their attributes, those of lists once. */
function shapeOf(page: string): readonly string[] {
  const [body = ''] = /<body>[\s\S]*<\/body>/.exec(page) ?? [];
  const elements = [
    ...body.replace(/<script>[\s\S]*?<\/script>/, '').matchAll(/<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/g),
  ];
  const shapes = elements.map(([, name, attributes = '']) => {
    const names = [...attributes.matchAll(/\s([a-z-]+)(?:="[^"]*")?/g)].map(([, attribute]) => attribute);
    return [name, ...new Set(names)].join(' ');
  });
  return [...new Set(shapes)].sort();
}
