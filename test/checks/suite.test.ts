import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { captured } from '../../src/checks/captures.js';
import { Cookies } from '../../src/checks/cookies.js';
import { inspect, kindOf, nameOf } from '../../src/checks/index.js';
import { serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');

/** A shop that knows who is logged in by a cookie and a token, and gives orders numbers. */
function shop(question: IncomingMessage, answer: ServerResponse): void {
  const { url, headers } = question;
  if (url === '/login') {
    answer.writeHead(200, {
      'set-cookie': ['sid=abc; Path=/; Expires=Wed, 09 Jun 2099 10:00:00 GMT', 'gone=1; Max-Age=0'],
    });
    answer.end('{"session":{"token":"t-42"}}');
  } else if (headers.authorization !== 'Bearer t-42' || headers.cookie !== 'sid=abc') answer.writeHead(401).end();
  else if (url === '/orders') answer.writeHead(201, { location: '/orders/7' }).end();
  else if (url === '/orders/7') answer.end(`{"id":7,"version":"v2"}`);
  else answer.writeHead(404).end();
}

const requests = [
  { path: '/login', method: 'POST', capture: { token: { json: 'session.token', secret: true } } },
  {
    path: '/orders',
    method: 'POST',
    credentials: { bearer: '{{token}}' },
    expect: { status: 201 },
    capture: { order: { header: 'Location', match: '/orders/(\\d+)' } },
  },
  {
    path: '/orders/{{ order }}',
    credentials: { bearer: '{{token}}' },
    expect: { json: { id: 7, version: '{{version}}' } },
  },
];

async function suiteOn(listener: typeof shop, suite: object) {
  await using server = await serve(listener);
  return await inspect(checkOf({ suite }), subjectAt(server.url), tools, never);
}

describe('a suite', () => {
  test('hands what one request was answered to those after it, cookies too', async () => {
    const result = await suiteOn(shop, { requests });
    expect(result).toMatchObject({ verdict: 'pass', attempts: 3 });
    expect(result.reason).toMatch(/^3 requests passed in /);
  });

  test('keeps no cookies when told so, and names the request that failed', async () => {
    const result = await suiteOn(shop, { requests, cookies: false });
    expect(result).toEqual({
      verdict: 'fail',
      attempts: 2,
      reason: 'request 2 of 3: POST /orders: expected status 201, got 401.',
    });
  });

  test('fails when there is nothing to capture', async () => {
    const [login] = requests;
    const result = await suiteOn(shop, { requests: [{ ...login, capture: { token: { json: 'nothing' } } }] });
    expect(result.verdict).toBe('fail');
    expect(result.reason).toBe('request 1 of 1: POST /login: its answer has nothing to capture as token.');
  });

  test('is unknown when a request uses what nobody captured', async () => {
    const result = await suiteOn(shop, { requests: requests.slice(2) });
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 0 });
    expect(result.reason).toContain('{{order}}, which no request before it captured');
  });

  test('ends at its deadline, however many retries are left', async () => {
    const started = performance.now();
    const requests = [{ path: '/', retries: 100, interval: '50ms' }];
    const result = await suiteOn((_question, answer) => void answer.writeHead(500).end(), {
      requests,
      deadline: '200ms',
    });
    expect(result).toMatchObject({ verdict: 'fail' });
    expect(result.reason).toBe('request 1 of 1: the suite took longer than 200 ms.');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('tells a captured secret to whoever masks', async () => {
    const masked: string[] = [];
    await using server = await serve(shop);
    const masking = { ...tools, mask: (secret: string) => void masked.push(secret) };
    await inspect(checkOf({ suite: { requests } }), subjectAt(server.url), masking, never);
    expect(masked).toEqual(['t-42']);
  });

  test('is called by its requests, or by its own name', () => {
    const check = checkOf({ suite: { requests: requests.slice(0, 2) } });
    expect([kindOf(check), nameOf(check)]).toEqual(['suite', 'POST /login, POST /orders']);
    expect(nameOf(checkOf({ name: 'order', suite: { requests } }))).toBe('order');
  });
});

describe('a value is captured', () => {
  const answer = { status: 200, headers: { 'x-id': 'n-12' }, text: '<input name="csrf" value="q1">', ms: 1 };
  const where = (given: object) => ({ json: undefined, header: undefined, match: undefined, secret: false, ...given });
  test.each([
    ['from a header', { header: 'X-Id' }, 'n-12'],
    ['by the first group of an expression', { header: 'x-id', match: 'n-(\\d+)' }, '12'],
    ['from the body', { match: 'value="([^"]+)"' }, 'q1'],
    ['as a whole without a group', { match: 'q\\d' }, 'q1'],
    ['never from a body that is no JSON', { json: 'a' }, undefined],
    ['never by an expression that does not match', { match: 'none' }, undefined],
  ])('%s', (_name, given, value) => {
    expect(captured(where(given), answer)).toBe(value);
  });
});

test('cookies are replaced, taken back, and never mistaken for attributes', () => {
  const cookies = new Cookies();
  const now = Date.UTC(2026, 0, 1);
  cookies.keep(['a=1; HttpOnly', 'b=x=y; SameSite=Lax', '=bad', 'nonsense'], now);
  expect(cookies.header).toEqual({ Cookie: 'a=1; b=x=y' });
  cookies.keep(['a=2', 'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], now);
  expect(cookies.header).toEqual({ Cookie: 'a=2' });
  cookies.keep(['a=; max-age=0'], now);
  expect(cookies.header).toEqual({});
});

describe('who asks', () => {
  test.each([
    ['a user and a password', { basic: { user: 'u', password: 'p:1' } }, `Basic ${btoa('u:p:1')}`],
    ['a token', { bearer: 'x' }, 'Bearer x'],
  ])('is said by %s, in a check of its own and for a whole suite', async (_name, credentials, expected) => {
    const seen: (string | undefined)[] = [];
    await using server = await serve((question, answer) => {
      seen.push(question.headers.authorization);
      answer.end();
    });
    const subject = subjectAt(server.url);
    await inspect(checkOf({ http: { path: '/', credentials } }), subject, tools, never);
    await inspect(checkOf({ suite: { requests: [{ path: '/' }], credentials } }), subject, tools, never);
    expect(seen).toEqual([expected, expected]);
  });

  test('must be said in one way', () => {
    expect(() => checkOf({ http: { path: '/', credentials: {} } })).toThrow('either basic or bearer');
  });
});
