import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inertBlock, inertCode, inertHtml, inertLines, inertMarkdown, plain, webAddress } from '../../src/lib/inert.js';
import { cutLines, shorten, shortenStart } from '../../src/lib/text.js';

describe('a log line cannot command the CI system', () => {
  test.each([
    ['::error::gotcha', ': :error::gotcha'],
    ['  ::set-output name=x::y', '  : :set-output name=x::y'],
    ['fine\n::add-mask::x', 'fine\n: :add-mask::x'],
    ['fine\r::add-mask::x', 'fine\n: :add-mask::x'],
    ['fine\u2028::stop-commands::x', 'fine\n: :stop-commands::x'],
    ['\u001b[31m::error::x\u001b[0m', ': :error::x'],
    ['\u0000:\u200b:error::x', ': :error::x'],
    ['\ufeff::error::x', ': :error::x'],
    [':::error::x', ': ::error::x'],
    ['text ##[group]x ###[error]y', 'text # #[group]x ## #[error]y'],
    ['\u001b[0Ksection_start:1:x\r\u001b[0Ktitle', 'section_start :1:x\ntitle'],
    ['address ::1 and a::b stay', 'address ::1 and a::b stay'],
    ['\u001b]8;;http://evil\u0007link\u001b]8;;\u0007', 'link'],
    ['\u001b]0;title', ''],
    ['pass\u202eword\u2066', 'password'],
    ['bell\u0007 back\b null\u0000 c1\u009b31m', 'bell back null c1'],
    ['tab\tstays', 'tab\tstays'],
  ])('%j', (text, inert) => {
    expect(inertLines(text)).toBe(inert);
  });

  test('whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '::',
            ':',
            '#',
            '##[',
            ' ',
            '\r',
            '\n',
            '\u001b[1m',
            '\u200b',
            'section_end',
            'error',
            '\u0085',
            '\u2029',
          ),
        ),
        parts => {
          for (const line of inertLines(parts.join('')).split('\n')) {
            expect(line).not.toMatch(/^\s*::|##\[|section_end:|[\r\p{Cc}\u2029]/u);
          }
        },
      ),
    );
  });
});

describe('a plain text', () => {
  test('is one line, shortened with a mark', () => {
    expect(plain('  a\n\tb  c\u0000 ')).toBe('a b c');
    expect(plain('abcdef', 4)).toBe('abc…');
    expect(plain('abcd', 4)).toBe('abcd');
  });

  test('is made in little time of a very long one', () => {
    const before = performance.now();
    expect(plain('x\u001b[1m '.repeat(1_000_000), 5)).toBe('x x …');
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('Markdown of somebody else has no effect', () => {
  test.each([
    ['**bold** _it_ `code` ~~x~~', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~\\~x\\~\\~'],
    ['<img src=x onerror=y>', '&lt;img src=x onerror=y>'],
    ['[a](http://x) ![b](c)', '\\[a\\](http:&#8203;//x) !\\[b\\](c)'],
    ['see https://evil.example and www.evil.example', 'see https:&#8203;//evil.example and www&#8203;.evil.example'],
    ['cc @everyone', 'cc @&#8203;everyone'],
    ['fixes #12 and GH-3', 'fixes #&#8203;12 and GH-&#8203;3'],
    ['a | b', 'a &#124; b'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['> quote -> x', '\\> quote -> x'],
    ['1. item', '1\\. item'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['$\\frac{1}{2}$', '\\$\\\\frac{1}{2}\\$'],
    ['two\nlines', 'two lines'],
  ])('%j', (text, inert) => {
    expect(inertMarkdown(text)).toBe(inert);
  });

  test('not even inside code', () => {
    expect(inertCode('shop@sha256:1')).toBe('`shop@sha256:1`');
    expect(inertCode('a | `b` <i>')).toBe('<code>a &#124; &#96;b&#96; &#60;i&#62;</code>');
    expect(inertCode('')).toBe('–');
    expect(inertCode('x'.repeat(300), 5)).toBe('`xxxx…`');
  });

  test('and no line closes a block', () => {
    expect(inertBlock('a\n```\n# b\n````x')).toBe('`````text\na\n```\n# b\n````x\n`````');
    expect(inertBlock('kubectl get pods\n\n', 'sh')).toBe('```sh\nkubectl get pods\n```');
  });
});

describe('HTML is not changed by a text inside of it', () => {
  test('nor by one inside of an attribute', () => {
    expect(inertHtml(`<b a="1" c='2'> & \u001b[31mred\u202e`)).toBe(
      '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt; &amp; red',
    );
    expect(inertHtml('one\r\ntwo')).toBe('one\ntwo');
  });

  test.each([
    ['https://shop.example/a(b)|c', 'https://shop.example/a%28b%29%7cc'],
    [`http://shop.example/"'<>`, 'http://shop.example/%22%27%3C%3E'],
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['not an address', undefined],
    [undefined, undefined],
  ])('%s leads nowhere but to a page of the web', (link, address) => {
    expect(webAddress(link)).toBe(address);
  });
});

describe('shortening', () => {
  test('never cuts a character in two', () => {
    expect(shorten('🟢🟢🟢', 2)).toBe('🟢…');
    expect(shortenStart('🟢🟢🟢', 2)).toBe('…🟢');
    expect(shortenStart('abc', 3)).toBe('abc');
  });

  test('cuts whole lines when bytes are limited', () => {
    const text = ['one', 'two', 'three'].join('\n');
    expect(cutLines(text, 100, '(cut)')).toBe(text);
    expect(cutLines(text, 12, '(cut)')).toBe('one\n\n(cut)');
    expect(cutLines('```\ninside\nof it\n```\nafter', 24, '(cut)')).toBe('```\ninside\n```\n\n(cut)');
    expect(Buffer.byteLength(cutLines('ü\n'.repeat(1000), 50, '…'))).toBeLessThanOrEqual(50);
  });
});
