import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/lib/poll.js';
import { postSigned } from '../../src/lib/post-signed.js';
import { serve } from '../lib/serve.js';

const never = new AbortController().signal;
const BODY = '{"result":"succeeded"}';

/** Posts to a server that answers with these statuses in turn; 0 hangs up. */
async function posted(statuses: readonly number[]) {
  const got: { body: string; headers: IncomingHttpHeaders }[] = [];
  await using server = await serve(async (question, answer) => {
    let body = '';
    for await (const part of question) body += part;
    const status = statuses[got.push({ body, headers: question.headers }) - 1] ?? 200;
    if (status === 0) question.socket.destroy();
    else answer.writeHead(status).end();
  });
  const post = { url: `${server.url}/hook?token=hidden`, secret: 'key', body: BODY, clock: systemClock, pauseMs: 5 };
  return { problem: await postSigned(post, never), got };
}

describe('a signed post', () => {
  test('carries the body and its HMAC, which the receiver can make again', async () => {
    const { problem, got } = await posted([200]);
    expect(problem).toBeUndefined();
    expect(got).toHaveLength(1);
    const [only] = got;
    expect(only?.body).toBe(BODY);
    const own = createHmac('sha256', 'key')
      .update(only?.body ?? '')
      .digest('hex');
    expect(only?.headers).toMatchObject({ 'content-type': 'application/json', 'x-cutover-signature': `sha256=${own}` });
  });

  test.each([
    ['no answer', [0, 200], 2],
    ['503 and 429', [503, 429, 204], 3],
  ])('is made again after %s', async (_name, statuses, times) => {
    const { problem, got } = await posted(statuses);
    expect([problem, got.length]).toEqual([undefined, times]);
  });

  test('is given up after three attempts, or at once when it is refused, and says why without the query', async () => {
    expect((await posted([500, 500, 500, 200])).got).toHaveLength(3);
    const refused = await posted([403, 200]);
    expect(refused.got).toHaveLength(1);
    expect(refused.problem).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/hook answered 403\.$/);
  });

  test('is not signed without a secret', async () => {
    await using server = await serve((question, answer) => {
      answer.writeHead(question.headers['x-cutover-signature'] === undefined ? 200 : 400).end();
    });
    const post = { url: server.url, secret: undefined, body: BODY, clock: systemClock };
    expect(await postSigned(post, never)).toBeUndefined();
  });
});
