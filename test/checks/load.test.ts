import { describe, expect, test } from '@jest/globals';
import { inspect, kindOf, nameOf } from '../../src/checks/index.js';
import { keeps, readLimit } from '../../src/lib/limits.js';
import { serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');
const QUICK = { path: '/', for: '300ms', connections: 4 };

/** A service that answers after `ms`, and every `badEvery`th request badly. */
function service(ms: number, badEvery = 0, bad: 'status' | 'reset' = 'status') {
  const counts = { asked: 0, sockets: new Set<number | undefined>() };
  const server = serve((question, answer) => {
    counts.sockets.add(question.socket.remotePort);
    if (badEvery > 0 && ++counts.asked % badEvery === 0) {
      if (bad === 'reset') question.socket.destroy();
      else answer.writeHead(503).end();
    } else setTimeout(() => answer.end('ok'), ms);
  });
  return { server, counts };
}

async function verdict(load: object, green: ReturnType<typeof service>, blue?: ReturnType<typeof service>) {
  await using one = await green.server;
  await using other = blue && (await blue.server);
  const subject = { ...subjectAt(one.url), environment: other ? { BLUE_URL: other.url } : {} };
  return await inspect(checkOf({ load: { ...QUICK, ...load } }), subject, tools, never);
}

describe('a load', () => {
  test('passes within its limits and says what it measured', async () => {
    const result = await verdict({ p95: '<= 1s', throughput: '>= 20/s' }, service(2));
    expect(result.verdict).toBe('pass');
    expect(result.attempts).toBeGreaterThan(20);
    expect(result.reason).toMatch(/^\d+ requests, 0 failed, p50 .+, p95 .+, p99 .+, [\d.]+\/s\.$/);
  });

  test('sends the method, the headers and the body that it was told', async () => {
    const seen = new Set<string>();
    await using server = await serve(async (question, answer) => {
      let body = '';
      for await (const part of question) body += part;
      seen.add([question.method, question.headers['content-type'], question.headers.authorization, body].join(' '));
      answer.end('ok');
    });
    const headers = { 'content-type': 'text/plain' };
    const written = { ...QUICK, method: 'POST', body: 'an äpple', headers, credentials: { bearer: 't' } };
    const result = await inspect(checkOf({ load: written }), subjectAt(server.url), tools, never);
    expect(result.verdict).toBe('pass');
    expect([...seen]).toEqual(['POST text/plain Bearer t an äpple']);
  });

  test('keeps its rate, and sends no more connections than were asked for', async () => {
    const green = service(1);
    const result = await verdict({ rate: 50, for: '400ms' }, green);
    expect(result.attempts).toBe(20);
    expect(green.counts.sockets.size).toBeLessThanOrEqual(4);
  });

  test('at a rate, counts the time that a request had to wait for its turn', async () => {
    const slow = { rate: 100, connections: 1, for: '500ms', timeout: '500ms', p99: '<= 100ms' };
    const result = await verdict(slow, service(50));
    expect(result.verdict).toBe('fail');
    expect(result.reason).toContain('expected p99 <= 100ms, got');
    // All fifty were due, and a service that cannot take them has lost them.
    expect(result.attempts).toBe(50);
    expect(result.reason).toMatch(/\d+ failed \(\d+ never sent\)/);
  });

  test.each([
    ['status', 'status 503'],
    ['reset', 'ECONNRESET'],
  ] as const)('counts every lost request: %s', async (bad, kind) => {
    const green = service(1, 4, bad);
    const result = await verdict({ errors: '< 5%' }, green);
    expect(result.verdict).toBe('fail');
    expect(result.reason).toContain('expected errors < 5%, got');
    const lost = Math.floor(green.counts.asked / 4);
    expect(result.reason).toContain(`${lost} failed (${lost} ${kind})`);
  });

  test('without a single good answer fails, whatever its limits', async () => {
    const result = await verdict({ errors: '<= 100%' }, service(1, 1));
    expect(result.verdict).toBe('fail');
    expect(result.reason).toMatch(/^no request got a good answer/);
  });

  test('ends with the signal', async () => {
    const { server } = service(1);
    await using green = await server;
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('cancelled')), 50);
    const check = checkOf({ load: { ...QUICK, for: '1m' } });
    await expect(inspect(check, subjectAt(green.url), tools, stop.signal)).rejects.toThrow('cancelled');
  });

  test('is called by its path', () => {
    const check = checkOf({ load: QUICK });
    expect([kindOf(check), nameOf(check)]).toEqual(['load', 'load on /']);
  });
});

describe('a load that is compared with blue', () => {
  test('passes when green is as fast, and fails when it is not', async () => {
    expect((await verdict({ p50: '<= 3x blue' }, service(20), service(20))).verdict).toBe('pass');
    const slow = await verdict({ p50: '<= 1.5x blue' }, service(60), service(10));
    expect(slow.verdict).toBe('fail');
    expect(slow.reason).toMatch(
      /^expected p50 <= 1\.5x blue \(\d+ ms\), got \d+ ms\. Measured: .+; blue: \d+ requests/,
    );
  });

  test('holds green against its other limits before the first release', async () => {
    await using one = await service(20).server;
    const firstOf = (limits: object) =>
      inspect(checkOf({ load: { ...QUICK, ...limits } }), { ...subjectAt(one.url), blue: undefined }, tools, never);
    const result = await firstOf({ p95: '<= 0.001x blue' });
    expect(result).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('; there is no blue to compare') });
    expect(await firstOf({ p95: '<= 0.001x blue', p50: '<= 1ms' })).toMatchObject({ verdict: 'fail' });
  });

  test('is unknown with a blue that cannot be reached, and with one that gives no good answer (P14)', async () => {
    expect(await verdict({ p95: '<= 1.2x blue' }, service(1))).toMatchObject({ verdict: 'unknown', attempts: 0 });
    const broken = await verdict({ p95: '<= 1.2x blue' }, service(1), service(1, 1));
    expect(broken.verdict).toBe('unknown');
    expect(broken.reason).toContain('Blue gave no good answer to compare with');
  });
});

describe('a limit in words', () => {
  test.each([
    ['<= 250ms', { operator: '<=', amount: 250, unit: 'ms' }],
    ['< 1.5s', { operator: '<', amount: 1_500, unit: 'ms' }],
    ['<0.1%', { operator: '<', amount: 0.001, unit: '%' }],
    ['>= 100/s', { operator: '>=', amount: 100, unit: '/s' }],
    ['<= 1.2x blue', { operator: '<=', amount: 1.2, unit: 'x blue' }],
  ])('%s', (text, read) => {
    expect(readLimit(text)).toEqual({ text, ...read });
  });

  test.each(['250ms', '<= 250x', '= 3%', '<= 1.2x green', '<= -1ms', ''])('"%s" is none', text => {
    expect(readLimit(text)).toBeUndefined();
  });

  test('is refused where its unit makes no sense', () => {
    expect(() => checkOf({ load: { path: '/', p95: '< 5%' } })).toThrow('is \\"< 5%\\", which is not a limit');
    expect(() => checkOf({ load: { path: '/', throughput: '> 5ms' } })).toThrow('which is not a limit');
  });

  test.each([
    ['< 10ms', 10, false],
    ['<= 10ms', 10, true],
    ['> 10/s', 10, false],
    ['>= 10/s', 10, true],
    ['<= 2x blue', 10, true],
    ['<= 1.9x blue', 10, false],
  ])('%s holds of %d when blue has 5: %s', (text, value, holds) => {
    const limit = readLimit(text);
    expect(limit && keeps(limit, value, 5)).toBe(holds);
  });
});
