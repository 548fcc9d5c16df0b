import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/failures.js';
import { request } from '../../../src/lib/http.js';
import { apiRequest, troubleOf } from '../../../src/lib/wire/api.js';
import { exchange, type Trouble, withRenewal } from '../../../src/lib/wire/exchange.js';
import { serve, serveSockets } from '../serve.js';
import { never, notingClock } from './clock.js';

const failed = (code: string, reason = '') => new Failure(code, { message: `${code}: ${reason}.`, hint: 'Look.' });

/** One request over the real wire; answers with the status or the code, and what the debug log has. */
async function ask(method: string, url: string, signal = never, timeoutMs = 2_000) {
  const lines: string[] = [];
  const wanted = apiRequest({ method, url, timeoutMs });
  const outcome = await exchange(
    { clock: notingClock(), debug: text => void lines.push(text) },
    {
      name: `${method} /apps`,
      isRead: method === 'GET',
      timeoutMs,
      send: own => request({ ...wanted, freshConnection: true, signal: own }),
      troubleOf,
      failure: (code, reason, cause) => {
        expect(cause).toBeDefined();
        return failed(code, reason);
      },
    },
    signal,
  ).then(
    ({ status }) => status,
    (thrown: unknown) => (thrown instanceof Failure ? thrown.code : thrown),
  );
  return { outcome, lines };
}

describe('one exchange', () => {
  test('is told in the debug log with its status and time', async () => {
    await using server = await serve((_, answer) => answer.writeHead(404).end());
    expect(await ask('GET', server.url)).toEqual({ outcome: 404, lines: ['GET /apps -> 404, 0 ms'] });
  });

  test('that never came to the server is UNREACHABLE, a write too', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    expect((await ask('GET', server.url)).outcome).toBe('UNREACHABLE');
    const { outcome, lines } = await ask('PUT', server.url);
    expect(outcome).toBe('UNREACHABLE');
    expect(lines).toEqual([expect.stringMatching(/^PUT \/apps -> .*refused \(ECONNREFUSED\)$/)]);
  });

  test('whose answer is lost may have taken effect if it is a write', async () => {
    await using server = await serveSockets(socket => socket.once('data', () => socket.destroy()));
    expect((await ask('GET', server.url)).outcome).toBe('UNREACHABLE');
    expect((await ask('PUT', server.url)).outcome).toBe('ANSWER_LOST');
  });

  test('with a server that is not trusted is TLS', async () => {
    const untrusted: Trouble = { kind: 'untrusted', reason: 'self-signed' };
    const sent = exchange(
      { clock: notingClock(), debug: () => undefined },
      {
        name: 'PUT /apps',
        isRead: false,
        timeoutMs: 1,
        send: () => Promise.reject(new Error('no')),
        troubleOf: () => untrusted,
        failure: failed,
      },
      never,
    );
    await expect(sent).rejects.toMatchObject({ code: 'TLS', message: 'TLS: self-signed.' });
  });

  test('ends with its step: a read at once, a write after a moment in which its answer may still come', async () => {
    const stop = new AbortController();
    await using server = await serve((question, answer) => {
      stop.abort(new Error('enough'));
      if (question.method !== 'GET') setTimeout(() => answer.writeHead(201).end(), 50);
    });
    expect((await ask('PUT', server.url, stop.signal)).outcome).toBe(201);
    expect((await ask('GET', server.url, stop.signal)).outcome).toEqual(new Error('enough'));
  });
});

describe('credentials that ended', () => {
  const isRefused = (status: number) => status === 401;

  test('are renewed, and the request is sent once more', async () => {
    const answers = [401, 200];
    expect(await withRenewal(async () => answers.shift() ?? 0, { isRefused, renew: () => true })).toBe(200);
  });

  test('that cannot be renewed are told, and so are fresh ones that are refused', async () => {
    const answers = [401, 401, 200];
    const send = async () => answers.shift() ?? 0;
    expect(await withRenewal(send, { isRefused, renew: () => false })).toBe(401);
    answers.unshift(401);
    expect(await withRenewal(send, { isRefused, renew: () => true })).toBe(401);
    expect(answers).toEqual([200]);
  });
});
