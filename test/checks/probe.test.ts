import { describe, expect, test } from '@jest/globals';
import { startProbe } from '../../src/checks/probe.js';
import { type Lane, Sightings } from '../../src/checks/sightings.js';
import { systemClock } from '../../src/lib/poll.js';
import { serve } from '../lib/serve.js';

const never = new AbortController().signal;
const versions = { blue: 'v1', green: 'v2' };
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const options = (url: string) => ({
  url,
  identity: { path: '/version', header: 'X-Version' },
  versions,
  clock: systemClock,
  rate: 100,
});

describe('a probe of the live URL', () => {
  test('sees the switch: first green, last blue, and no failure', async () => {
    let version = 'v1';
    const paths = new Set<string | undefined>();
    await using server = await serve((question, answer) => {
      paths.add(question.url);
      answer.writeHead(200, { 'x-version': version }).end();
    });
    const probe = startProbe(options(`${server.url}/`), never);
    await pause(150);
    probe.mark(Date.now());
    await pause(60);
    version = 'v2';
    await pause(150);
    const seen = await probe.stop();
    expect(seen).toMatchObject({ url: `${server.url}/`, failed: 0, errors: [] });
    expect(seen.requests).toBe((seen.answers.v1 ?? 0) + (seen.answers.v2 ?? 0));
    expect(seen.answers.v2).toBeGreaterThan(2);
    expect(seen.firstGreenMs).toBeGreaterThanOrEqual(40);
    expect(seen.firstGreenMs).toBeLessThan(200);
    expect(seen.lastBlueMs).toBeGreaterThanOrEqual(20);
    expect(seen.lastBlueMs).toBeLessThan(200);
    expect([...paths]).toEqual(['/version']);
  });

  test('asks on fresh connections and on one that is kept', async () => {
    const byConnection = new Map<number | undefined, number>();
    await using server = await serve((question, answer) => {
      const port = question.socket.remotePort;
      byConnection.set(port, (byConnection.get(port) ?? 0) + 1);
      answer.end();
    });
    const probe = startProbe(options(server.url), never);
    await pause(200);
    await probe.stop();
    const uses = [...byConnection.values()].sort((one, other) => other - one);
    expect(uses[0]).toBeGreaterThan(5);
    expect(uses.slice(1)).toEqual(uses.slice(1).map(() => 1));
    expect(uses.length).toBeGreaterThan(5);
  });

  test('keeps its rate, and asks a slow service less and not more', async () => {
    let inFlight = 0;
    let most = 0;
    let asked = 0;
    await using server = await serve((_question, answer) => {
      asked++;
      most = Math.max(most, ++inFlight);
      setTimeout(() => {
        inFlight--;
        answer.end();
      }, 100);
    });
    const probe = startProbe({ ...options(server.url), rate: 1_000 }, never);
    await pause(350);
    await probe.stop();
    expect(most).toBeLessThanOrEqual(2);
    expect(asked).toBeLessThanOrEqual(8);
  });

  test('counts what fails and keeps the first reasons', async () => {
    let asked = 0;
    await using server = await serve((question, answer) => {
      if (asked++ % 2) question.socket.destroy();
      else answer.writeHead(503).end();
    });
    const probe = startProbe(options(server.url), never);
    await pause(200);
    const seen = await probe.stop();
    expect(seen.failed).toBe(seen.requests);
    expect(seen.failed).toBeGreaterThan(5);
    expect(seen.errors).toHaveLength(5);
    expect(seen.errors.join()).toMatch(/status 503/);
    expect(seen.errors.join()).toMatch(/ECONNRESET/);
    expect(seen).toMatchObject({ firstGreenMs: undefined, lastBlueMs: undefined });
  });

  test('counts an answer that does not come in time as failed', async () => {
    await using server = await serve(() => undefined);
    const probe = startProbe({ ...options(server.url), timeoutMs: 50 }, never);
    await pause(120);
    const seen = await probe.stop();
    expect(seen.errors[0]).toBe('no complete answer came in time (TOO_LATE)');
  });

  test('keeps to its connection, however long the answers are', async () => {
    const connections = new Set<number | undefined>();
    await using server = await serve((question, answer) => {
      connections.add(question.socket.remotePort);
      answer.end('x'.repeat(200_000));
    });
    const probe = startProbe(options(server.url), never);
    await pause(400);
    const seen = await probe.stop();
    expect(seen).toMatchObject({ failed: 0, answers: { other: seen.requests } });
    // Half of them are fresh; one lane stays on one.
    expect(connections.size).toBeLessThan(seen.requests * 0.75);
  });

  test('stops at once, with the signal as with stop, and does not count what was in flight', async () => {
    await using server = await serve(() => undefined);
    const stop = new AbortController();
    const probes = [startProbe(options(server.url), stop.signal), startProbe(options(server.url), never)];
    await pause(30);
    const before = performance.now();
    stop.abort();
    for (const probe of probes) expect(await probe.stop()).toMatchObject({ requests: 0, failed: 0 });
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('counts what was due while nothing answers on any connection, in the seconds in which it was due', async () => {
    let answers = true;
    await using server = await serve((_question, answer) => {
      if (answers) answer.end();
    });
    const probe = startProbe({ ...options(server.url), timeoutMs: 300 }, never);
    await pause(200);
    answers = false;
    await pause(800);
    const seen = await probe.stop();
    const lost = seen.spans.reduce((sum, { errors }) => sum + (errors['never sent'] ?? 0), 0);
    // Two lanes were due a hundred times a second each, of which two or three requests were sent and waited for.
    expect(lost).toBeGreaterThan(60);
    expect(seen.failed).toBeGreaterThan(lost);
    expect(seen.failed).toBeLessThanOrEqual(170);
    expect(probe.recent()).toEqual({ requests: seen.requests, failed: seen.failed });
  });

  test('takes one request that is never answered for one failure: others were answered meanwhile', async () => {
    let asked = 0;
    await using server = await serve((_question, answer) => {
      if (++asked !== 21) answer.end();
    });
    const probe = startProbe({ ...options(server.url), timeoutMs: 200 }, never);
    await pause(600);
    expect((await probe.stop()).failed).toBe(1);
  });

  test('takes slow answers for slow, and not for failures', async () => {
    await using server = await serve((_question, answer) => void setTimeout(() => answer.end(), 150));
    const probe = startProbe({ ...options(server.url), timeoutMs: 2_000 }, never);
    await pause(500);
    expect((await probe.stop()).failed).toBe(0);
  });

  test('finishes what it has asked before it says how it ended', async () => {
    await using server = await serve(() => undefined);
    const probe = startProbe({ ...options(server.url), timeoutMs: 200 }, never);
    await pause(20);
    await probe.finish();
    const seen = await probe.stop();
    expect(seen.failed).toBeGreaterThan(10);
    expect(seen.errors[0]).toBe('no complete answer came in time (TOO_LATE)');
  });

  test('measures nothing of a URL that is none, and says so by its zero', async () => {
    const probe = startProbe({ ...options('nonsense'), identity: undefined }, never);
    expect(await probe.stop()).toMatchObject({ url: 'nonsense', requests: 0 });
  });
});

describe('what was seen', () => {
  function sightings() {
    let now = 1_000;
    const seen = new Sightings(versions, 60_000, { now: () => now, sleep: async () => undefined });
    const at = (time: number) => {
      now = time;
      return seen;
    };
    return at;
  }

  test('counts from the answer of the switch; what came before it came at once', () => {
    const at = sightings();
    at(1_000).answered({ status: 200, version: 'v1', lane: 'fresh' as const, ms: 4 });
    at(1_010).answered({ status: 200, version: 'v2', lane: 'fresh' as const, ms: 4 });
    at(1_020).mark(1_015);
    expect(at(1_020).evidence('u')).toMatchObject({ firstGreenMs: 0, lastBlueMs: 0 });
    at(1_050).answered({ status: 200, version: 'v1', lane: 'fresh' as const, ms: 4 });
    expect(at(1_060).evidence('u')).toMatchObject({ firstGreenMs: 0, lastBlueMs: 35 });
  });

  test('takes the last blue from fresh connections: a kept one may stay with blue as long as it likes', () => {
    const at = sightings();
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 200, version: 'v1', lane: 'fresh' as const, ms: 4 });
    at(1_500).answered({ status: 200, version: 'v1', lane: 'kept' as const, ms: 4 });
    expect(at(1_600).evidence('u').lastBlueMs).toBe(10);
  });

  test('knows when all was green: after the last blue, on whatever connection', () => {
    const at = sightings();
    const saw = (time: number, version: string, lane: Lane) => at(time).answered({ status: 200, version, lane, ms: 1 });
    at(1_000).mark(1_000);
    saw(1_010, 'v2', 'fresh');
    saw(1_020, 'v1', 'kept');
    expect(at(1_030).evidence('u').fullGreenMs).toBeUndefined();
    saw(1_040, 'v2', 'kept');
    saw(1_050, 'v2', 'fresh');
    expect(at(1_060).evidence('u')).toMatchObject({ firstGreenMs: 10, lastBlueKeptMs: 20, fullGreenMs: 40 });
  });

  test('is told apart by the switch: how it was before, and how it is since', () => {
    const at = sightings();
    at(900).failed({ kind: 'ECONNRESET', reason: 'reset', lane: 'fresh' });
    at(950).answered({ status: 200, version: 'v1', lane: 'fresh' as const, ms: 10 });
    expect(at(960).evidence('u')).toMatchObject({ before: undefined, after: { requests: 2, failed: 1 } });
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 503, version: 'v2', lane: 'fresh' as const, ms: 30 });
    expect(at(1_020).evidence('u')).toMatchObject({
      requests: 3,
      failed: 2,
      before: { requests: 2, failed: 1, p95Ms: 10 },
      after: { requests: 1, failed: 1, p95Ms: 30 },
    });
  });

  test('is measured from the first of several writes, as of a switch that goes by batches', () => {
    const at = sightings();
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 200, version: 'v1', lane: 'fresh', ms: 4 });
    at(1_100).mark(1_100);
    at(1_200).answered({ status: 503, version: 'v2', lane: 'fresh', ms: 4 });
    expect(at(1_300).evidence('u')).toMatchObject({
      firstGreenMs: 200,
      lastBlueMs: 10,
      after: { requests: 2, failed: 1 },
    });
  });

  test('keeps the first failures, and the latest', () => {
    const at = sightings();
    for (let n = 1; n <= 9; n++) at(1_000).failed({ kind: 'ECONNRESET', reason: `reason ${n}`, lane: 'fresh' });
    expect(at(1_000).evidence('u').errors).toEqual(['reason 1', 'reason 2', 'reason 3', 'reason 4', 'reason 9']);
  });

  test('tells only so many names apart, whatever the service answers', () => {
    const at = sightings();
    for (let n = 0; n < 100; n++)
      at(1_000).answered({
        status: 200,
        version: n === 0 ? '__proto__' : `name ${n}\u001b[1m`,
        lane: 'fresh' as const,
        ms: 4,
      });
    const { answers } = at(1_000).evidence('u');
    expect(Object.keys(answers)).toHaveLength(21);
    expect(answers.other).toBe(80);
    expect(Object.keys(answers)).toContain('name 1');
  });
});
