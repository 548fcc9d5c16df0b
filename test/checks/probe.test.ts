import { describe, expect, test } from '@jest/globals';
import { startProbe } from '../../src/checks/probe.js';
import { Sightings } from '../../src/checks/sightings.js';
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

  test('reads no more of a big page than it needs', async () => {
    let sent = 0;
    await using server = await serve((_question, answer) => {
      const more = () => {
        while (sent < 50_000_000 && answer.write('x'.repeat(10_000))) sent += 10_000;
      };
      answer.on('drain', more);
      more();
    });
    const probe = startProbe({ ...options(server.url), rate: 2 }, never);
    await pause(200);
    const seen = await probe.stop();
    expect(seen).toMatchObject({ requests: 2, failed: 0, answers: { other: 2 } });
    expect(sent).toBeLessThan(50_000_000);
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

  test('measures nothing of a URL that is none, and says so by its zero', async () => {
    const probe = startProbe({ ...options('nonsense'), identity: undefined }, never);
    expect(await probe.stop()).toMatchObject({ url: 'nonsense', requests: 0 });
  });
});

describe('what was seen', () => {
  function sightings() {
    let now = 1_000;
    const seen = new Sightings(versions, { now: () => now, sleep: async () => undefined });
    const at = (time: number) => {
      now = time;
      return seen;
    };
    return at;
  }

  test('counts from the answer of the switch; what came before it came at once', () => {
    const at = sightings();
    at(1_000).answered({ status: 200, version: 'v1', fresh: true, ms: 4 });
    at(1_010).answered({ status: 200, version: 'v2', fresh: true, ms: 4 });
    at(1_020).mark(1_015);
    expect(at(1_020).evidence('u')).toMatchObject({ firstGreenMs: 0, lastBlueMs: 0 });
    at(1_050).answered({ status: 200, version: 'v1', fresh: true, ms: 4 });
    expect(at(1_060).evidence('u')).toMatchObject({ firstGreenMs: 0, lastBlueMs: 35 });
  });

  test('takes the last blue from fresh connections: a kept one may stay with blue as long as it likes', () => {
    const at = sightings();
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 200, version: 'v1', fresh: true, ms: 4 });
    at(1_500).answered({ status: 200, version: 'v1', fresh: false, ms: 4 });
    expect(at(1_600).evidence('u').lastBlueMs).toBe(10);
  });

  test('knows when all was green: after the last blue, on whatever connection', () => {
    const at = sightings();
    const saw = (time: number, version: string, fresh: boolean) =>
      at(time).answered({ status: 200, version, fresh, ms: 1 });
    at(1_000).mark(1_000);
    saw(1_010, 'v2', true);
    saw(1_020, 'v1', false);
    expect(at(1_030).evidence('u').fullGreenMs).toBeUndefined();
    saw(1_040, 'v2', false);
    saw(1_050, 'v2', true);
    expect(at(1_060).evidence('u')).toMatchObject({ firstGreenMs: 10, lastBlueKeptMs: 20, fullGreenMs: 40 });
  });

  test('is told apart by the switch: how it was before, and how it is since', () => {
    const at = sightings();
    at(900).failed('ECONNRESET', 'reset');
    at(950).answered({ status: 200, version: 'v1', fresh: true, ms: 10 });
    expect(at(960).evidence('u')).toMatchObject({ before: undefined, after: { requests: 2, failed: 1 } });
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 503, version: 'v2', fresh: true, ms: 30 });
    expect(at(1_020).evidence('u')).toMatchObject({
      requests: 3,
      failed: 2,
      before: { requests: 2, failed: 1, p95Ms: 10 },
      after: { requests: 1, failed: 1, p95Ms: 30 },
    });
    at(1_100).mark(1_100);
    at(1_200).answered({ status: 200, version: 'v1', fresh: true, ms: 1 });
    expect(at(1_300).evidence('u').after.requests).toBe(1);
  });

  test('stands still once the routing went back', () => {
    const at = sightings();
    at(1_000).mark(1_000);
    at(1_010).answered({ status: 200, version: 'v1', fresh: true, ms: 4 });
    at(1_020).answered({ status: 200, version: 'v2', fresh: true, ms: 4 });
    at(1_100).mark(1_100);
    at(1_200).answered({ status: 200, version: 'v1', fresh: true, ms: 4 });
    expect(at(1_300).evidence('u')).toMatchObject({ firstGreenMs: 20, lastBlueMs: 10, requests: 3 });
  });

  test('keeps the first failures, and the latest', () => {
    const at = sightings();
    for (let n = 1; n <= 9; n++) at(1_000).failed('ECONNRESET', `reason ${n}`);
    expect(at(1_000).evidence('u').errors).toEqual(['reason 1', 'reason 2', 'reason 3', 'reason 4', 'reason 9']);
  });

  test('tells only so many names apart, whatever the service answers', () => {
    const at = sightings();
    for (let n = 0; n < 100; n++)
      at(1_000).answered({ status: 200, version: n === 0 ? '__proto__' : `name ${n}\u001b[1m`, fresh: true, ms: 4 });
    const { answers } = at(1_000).evidence('u');
    expect(Object.keys(answers)).toHaveLength(21);
    expect(answers.other).toBe(80);
    expect(Object.keys(answers)).toContain('name 1');
  });
});
