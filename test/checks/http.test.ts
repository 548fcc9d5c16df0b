import { describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const { tools } = toolsFor('/');
const never = new AbortController().signal;
const fast = { path: '/healthz', interval: 'immediately' };

/** A server that answers these statuses in turn, and the last one for ever. */
async function statuses(...answers: number[]) {
  let asked = 0;
  const server = await serve((_question, answer) => {
    answer.writeHead(answers[Math.min(asked++, answers.length - 1)] ?? 500).end('{"state": "x"}');
  });
  return { server, asked: () => asked };
}

async function verdict(http: object, answers: number[]) {
  const { server, asked } = await statuses(...answers);
  await using _ = server;
  const result = await inspect(checkOf({ http: { ...fast, ...http } }), subjectAt(server.url), tools, never);
  return { ...result, asked: asked() };
}

describe('an HTTP check passes', () => {
  test('when the answer is as expected', async () => {
    const result = await verdict({}, [200]);
    expect(result).toMatchObject({ verdict: 'pass', attempts: 1, asked: 1 });
    expect(result.reason).toMatch(/^GET \/healthz answered 200 in \d+ ms\.$/);
  });

  test('when it passed so often in a row as was asked for', async () => {
    const result = await verdict({ passes: 3, retries: 1 }, [200, 503, 200]);
    expect(result).toMatchObject({ verdict: 'pass', attempts: 5, asked: 5 });
    expect(result.reason).toMatch(/, 3 times in a row\.$/);
  });

  test('after failures, as long as there are retries left', async () => {
    expect(await verdict({ retries: 2 }, [500, 500, 200])).toMatchObject({ verdict: 'pass', attempts: 3 });
  });
});

describe('an HTTP check fails', () => {
  test('with what was expected and what came', async () => {
    const result = await verdict({ method: 'POST', expect: { status: 201, json: { state: 'ready' } } }, [503]);
    expect(result).toMatchObject({ verdict: 'fail', attempts: 1 });
    expect(result.reason).toBe('POST /healthz: expected status 201, got 503; expected state to be "ready", got "x".');
  });

  test('when the retries are used up, and says how often it was tried', async () => {
    const result = await verdict({ retries: 2 }, [503]);
    expect(result).toMatchObject({ verdict: 'fail', attempts: 3, asked: 3 });
    expect(result.reason).toBe('GET /healthz: expected status 200 to 299, got 503 (3 attempts).');
  });

  test('when nobody answers', async () => {
    const check = checkOf({ http: fast });
    const result = await inspect(check, subjectAt('http://127.0.0.1:1'), tools, never);
    expect(result.verdict).toBe('fail');
    expect(result.reason).toBe('GET /healthz: failed: the connection was refused (ECONNREFUSED).');
  });

  test('when the answer takes too long', async () => {
    await using server = await serve(() => undefined);
    const result = await inspect(checkOf({ http: { ...fast, timeout: '30ms' } }), subjectAt(server.url), tools, never);
    expect(result).toMatchObject({ verdict: 'fail', reason: 'GET /healthz: got no complete answer within 30 ms.' });
  });

  test('when the certificate cannot be trusted', async () => {
    await using server = await serve(() => undefined);
    const url = server.url.replace('http:', 'https:');
    const result = await inspect(checkOf({ http: fast }), subjectAt(url), tools, never);
    expect(result.verdict).toBe('fail');
    expect(result.reason).toMatch(/TLS/);
  });
});

describe('an HTTP check is unknown', () => {
  test('when it needs an identity and there is none; nothing is asked', async () => {
    const result = await verdict({ expect: { version: true } }, [200]);
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 0, asked: 0 });
    expect(result.reason).toMatch(/^GET \/healthz could not be checked: the target has no identity/);
  });

  test('when the URL is none', async () => {
    expect(await inspect(checkOf({ http: fast }), subjectAt('nonsense'), tools, never)).toMatchObject({
      verdict: 'unknown',
      reason: 'GET /healthz could not be checked: nonsense/healthz is not a URL.',
    });
  });
});

test('an HTTP check ends at once with the signal, also between attempts', async () => {
  const { server } = await statuses(500);
  await using _ = server;
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('cancelled')), 50);
  const check = checkOf({ http: { path: '/', retries: 100, interval: '1h' } });
  await expect(inspect(check, subjectAt(server.url), tools, stop.signal)).rejects.toThrow('cancelled');
});
