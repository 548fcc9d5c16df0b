import { describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { inertLines, inertMarkdown } from '../../src/lib/inert.js';
import { serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/', { PATH: process.env.PATH });

/** What would be obeyed in a log, a terminal, or Markdown; long, and with more than one line. */
const MISCHIEF = `\u001b[31m\n::set-output name=live::evil\n##[error]x\nsection_start:1:x\u202eevil @everyone
<img src=x onerror=alert(1)> | [a](https://evil.example) \`x\` ${'long '.repeat(2_000)}`;

const CHECKS: readonly (readonly [string, object])[] = [
  ['a body that was not expected', { http: { path: '/', expect: { body: 'fine' } } }],
  ['a JSON value that was not expected', { http: { path: '/json', expect: { json: { a: 'b' } } } }],
  ['a header that was not expected', { http: { path: '/', expect: { headers: { 'x-sly': 'fine' } } } }],
  [
    'a value that was captured',
    {
      suite: {
        requests: [
          { path: '/json', capture: { a: { json: 'a' } } },
          { path: '/', expect: { body: '{{a}}!' } },
        ],
      },
    },
  ],
  ['an answer of Prometheus', { prometheus: { url: 'URL', query: 'up', expect: '< 1' } }],
  [
    'the output of a command',
    { command: { run: ['node', '-e', `console.log(${JSON.stringify(MISCHIEF)}); process.exit(1)`] } },
  ],
  ['the name of a check', { name: MISCHIEF, http: { path: '/', expect: { status: 500 } } }],
];

describe('what was expected and what came is told, shortened and inert (P16)', () => {
  test.each(CHECKS)('%s', async (_name, written) => {
    await using server = await serve((question, answer) => {
      const json = JSON.stringify({ a: MISCHIEF, status: 'error', error: MISCHIEF });
      answer.writeHead(200, { 'x-sly': '::error::evil' });
      answer.end(question.url === '/' ? MISCHIEF : json);
    });
    const check = checkOf(JSON.parse(JSON.stringify(written).replace('URL', server.url)));
    const { verdict, reason } = await inspect(check, subjectAt(server.url), tools, never);
    expect(verdict).not.toBe('pass');
    expect(reason.length).toBeLessThan(700);
    expect(['\n', '\r', '\u001b', '\u202e'].filter(sign => reason.includes(sign))).toEqual([]);
    // As the log prints it, and as the summary's cell holds it.
    expect(inertLines(`  fail: ${reason}`)).not.toMatch(/^\s*::|##\[|section_start:/m);
    expect(inertMarkdown(reason)).not.toMatch(/<img|(?<!\\)\[a\]\(|[^\\]\||@everyone/);
  });
});
