import { describe, expect, test } from '@jest/globals';
import { askUrl } from '../../src/gates/url.js';
import { serve } from '../lib/serve.js';
import { decided, questionOf, soon, toolsFor } from './support.js';

/** Serves these answers, one after the other, and the last one for ever. */
async function answering(...answers: readonly (readonly [status: number, text: string])[]) {
  const asked: { url: string; authorization: string | undefined }[] = [];
  const served = await serve((request, response) => {
    const [status, text] = answers[Math.min(asked.length, answers.length - 1)] ?? [500, ''];
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(status).end(text);
  });
  return {
    asked,
    ...served,
    url: `${served.url}/ask?team=blue`,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const approved = JSON.stringify({ approved: true, by: 'alice' });

async function ask(url: string, approval: object = {}) {
  const { tools, lines } = toolsFor(undefined, { by: 'url', url, interval: '5ms', ...approval });
  const open = await askUrl(questionOf(), tools);
  return { decision: await decided(open, tools), lines, open };
}

describe('a URL as the gate', () => {
  test('approves, and says who', async () => {
    await using server = await answering([200, approved]);
    expect((await ask(server.url)).decision).toEqual({ decision: 'approved', by: ['alice'] });
  });

  test('denies', async () => {
    await using server = await answering([200, '{"approved": false, "by": ["alice", "bob"]}']);
    expect((await ask(server.url)).decision).toEqual({ decision: 'denied', by: ['alice', 'bob'] });
  });

  test('is told what it decides about, and gets the headers', async () => {
    await using server = await answering([200, approved]);
    await ask(server.url, { headers: { authorization: 'Bearer s3cret-token' } });
    const asked = new URL(server.asked[0]?.url ?? '', 'http://x.test').searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      team: 'blue',
      release: 'shop',
      version: '1.5.0',
      gate: 'switch',
      plan: questionOf().digest,
    });
    expect(server.asked[0]?.authorization).toBe('Bearer s3cret-token');
  });

  test.each([
    ['404', [404, 'not yet']],
    ['202', [202, '']],
    ['a page of HTML, such as a login', [200, '<html>please log in</html>']],
    ['JSON without a decision', [200, '{"status": "pending"}']],
    ['a yes in words', [200, '{"approved": "true"}']],
    ['a yes with another status than 200', [403, approved]],
    ['an error', [503, approved]],
    ['a yes to another plan', [200, '{"approved": true, "plan": "0123"}']],
  ] as const)('%s decides nothing, and is asked again (P14)', async (_name, answer) => {
    await using server = await answering(answer, answer, [200, '{"approved": false}']);
    const { decision, lines } = await ask(server.url);
    expect(decision).toEqual({ decision: 'denied', by: ['the URL'] });
    expect(server.asked).toHaveLength(3);
    expect(lines[0]).toContain('waiting for GET http://127.0.0.1');
    expect(lines[0]).not.toContain('team=blue');
  });

  test('that does not answer is asked until the deadline', async () => {
    const gone = await answering([200, '']);
    await gone[Symbol.asyncDispose]();
    const { tools, lines } = toolsFor(undefined, { by: 'url', url: gone.url, interval: '5ms' });
    await expect(decided(await askUrl(questionOf(), tools), tools, soon(1_000))).rejects.toThrow(/time/i);
    expect(lines.length).toBeGreaterThan(3);
  });
});
