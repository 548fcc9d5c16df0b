import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type HttpRequest, isLoopback, RequestFailed, request } from '../../src/lib/http.js';
import { serve, serveSockets } from './serve.js';

const ask = (wanted: Partial<HttpRequest> & { url: string }) =>
  request({ method: 'GET', timeoutMs: 2_000, freshConnection: true, signal: new AbortController().signal, ...wanted });

async function failureOf(wanted: Partial<HttpRequest> & { url: string }): Promise<RequestFailed> {
  const thrown = await ask(wanted).catch(error => error);
  expect(thrown).toBeInstanceOf(RequestFailed);
  expect(thrown.cause).toBeDefined();
  return thrown;
}

describe('an answer', () => {
  test('comes back as it was sent, whatever its status', async () => {
    await using server = await serve((_question, answer) => {
      answer.writeHead(503, { 'X-Version': 'v2', 'content-type': 'application/json' });
      answer.end('{"a": 1}');
    });
    const { url } = server;
    const answer = await ask({ url: `${url}/healthz` });
    expect(answer).toMatchObject({ status: 503, text: '{"a": 1}', headers: { 'x-version': 'v2' } });
    expect(answer.ms).toBeGreaterThanOrEqual(0);
  });

  test('may be a redirect, which is not followed', async () => {
    await using server = await serve((_question, answer) => answer.writeHead(302, { location: '/elsewhere' }).end());
    const { url } = server;
    expect(await ask({ url })).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
  });
});

describe('a request', () => {
  test('carries its method, headers and body, and no content type of ours', async () => {
    let seen: [IncomingMessage, string] | undefined;
    await using server = await serve(async (question, answer) => {
      let body = '';
      for await (const chunk of question) body += chunk;
      seen = [question, body];
      answer.end();
    });
    const { url } = server;
    await ask({ url: `${url}/order?x=1`, method: 'POST', headers: { 'X-Test': 'yes' }, body: '{"n": 1 }' });
    const [question, body] = seen ?? [];
    expect({ method: question?.method, url: question?.url, body }).toEqual({
      method: 'POST',
      url: '/order?x=1',
      body: '{"n": 1 }',
    });
    expect(question?.headers).toMatchObject({ 'x-test': 'yes', 'user-agent': 'cutover', accept: '*/*' });
    expect(question?.headers['content-type']).toBeUndefined();
  });

  test('keeps a JSON body byte by byte', async () => {
    await using server = await serve((question, answer) => void question.pipe(answer));
    const { url } = server;
    const headers = { 'Content-Type': 'application/json' };
    expect((await ask({ url, method: 'POST', headers, body: '  {"n": 1 } ' })).text).toBe('  {"n": 1 } ');
  });

  test('opens a connection of its own when asked, and else may share one', async () => {
    const ports: (number | undefined)[] = [];
    await using server = await serve((question, answer) => {
      ports.push(question.socket.remotePort);
      answer.end();
    });
    const { url } = server;
    for (const freshConnection of [true, true, false, false]) await ask({ url, freshConnection });
    expect(new Set(ports.slice(0, 2)).size).toBe(2);
    expect(new Set(ports.slice(2)).size).toBe(1);
  });
});

describe('a request that gets no answer says why', () => {
  test('connection refused', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    const { url } = server;
    const { kind, message } = await failureOf({ url: `${url}/x` });
    expect(kind).toBe('refused');
    expect(message).toBe(`GET ${url}/x failed: the connection was refused (ECONNREFUSED).`);
  });

  test('connection reset', async () => {
    await using server = await serve(question => question.socket.resetAndDestroy());
    const { url } = server;
    expect(await failureOf({ url })).toMatchObject({ kind: 'reset' });
  });

  test('answer cut off in the middle', async () => {
    await using server = await serve((question, answer) => {
      answer.writeHead(200, { 'content-length': '100' });
      answer.write('half');
      setTimeout(() => question.socket.destroy(), 20);
    });
    const { url } = server;
    expect(await failureOf({ url })).toMatchObject({ kind: 'reset' });
  });

  test('nothing comes in time', async () => {
    await using server = await serve(() => undefined);
    const { url } = server;
    const { kind, message } = await failureOf({ url, timeoutMs: 50 });
    expect([kind, message]).toEqual(['timeout', `GET ${url}/ got no complete answer within 50 ms.`]);
  });

  test('the answer starts in time and never ends', async () => {
    await using server = await serve((_question, answer) => void answer.write('begin'));
    const { url } = server;
    expect(await failureOf({ url, timeoutMs: 50 })).toMatchObject({ kind: 'timeout' });
  });

  test('the answer is too long', async () => {
    await using server = await serve((_question, answer) => answer.end('x'.repeat(5_000)));
    const { url } = server;
    const { kind, message } = await failureOf({ url, maxBytes: 1_000 });
    expect([kind, message]).toEqual(['too-large', `GET ${url}/ failed: the answer is longer than 1000 bytes.`]);
  });

  test('the server speaks no TLS', async () => {
    await using server = await serve((_question, answer) => answer.end());
    const { url } = server;
    expect(await failureOf({ url: url.replace('http:', 'https:') })).toMatchObject({ kind: 'tls' });
  });

  test('the server speaks no HTTP', async () => {
    await using server = await serveSockets(socket => socket.end('SSH-2.0-OpenSSH\r\n'));
    const { url } = server;
    expect((await failureOf({ url })).message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/ failed: .+\.$/);
  });

  test('the host does not exist', async () => {
    expect(await failureOf({ url: 'http://no-such-host.invalid/', timeoutMs: 15_000 })).toMatchObject({ kind: 'dns' });
  });

  test('without the user, password and query of the URL, and without control characters', async () => {
    const { message } = await failureOf({ url: 'http://me:hunter2@127.0.0.1:1/a?token=abcdef' });
    expect(message).toBe('GET http://127.0.0.1:1/a failed: the connection was refused (ECONNREFUSED).');
  });

  test('the signal, which is handed on as it is', async () => {
    await using server = await serve(() => undefined);
    const { url } = server;
    const stop = new AbortController();
    setTimeout(() => stop.abort('cancelled'), 20);
    await expect(ask({ url, signal: stop.signal })).rejects.toBe('cancelled');
    await expect(ask({ url, signal: stop.signal })).rejects.toBe('cancelled');
  });
});

describe('a proxy of the environment', () => {
  const NAMES = ['HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
  const before = new Map(NAMES.map(name => [name, process.env[name]]));
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test('is asked for other hosts, and never for loopback', async () => {
    const proxied: (string | undefined)[] = [];
    await using proxy = await serve((question, answer) => {
      proxied.push(question.url);
      answer.end('from the proxy');
    });
    await using server = await serve((_question, answer) => answer.end('from the server'));
    for (const name of NAMES) delete process.env[name];
    process.env.HTTP_PROXY = proxy.url;
    expect((await ask({ url: 'http://shop.invalid/a' })).text).toBe('from the proxy');
    expect((await ask({ url: server.url })).text).toBe('from the server');
    process.env.NO_PROXY = 'shop.invalid';
    await failureOf({ url: 'http://shop.invalid/b', timeoutMs: 500 });
    expect(proxied).toEqual(['http://shop.invalid/a']);
  });
});

test('proxies are never asked for loopback', async () => {
  expect(['http://localhost:1', 'http://a.localhost', 'http://127.8.0.1', 'http://[::1]:80/x'].map(isLoopback)).toEqual(
    [true, true, true, true],
  );
  expect(['http://shop.example', 'http://10.0.0.1', 'http://127.0.0.1.example', 'nonsense'].map(isLoopback)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
