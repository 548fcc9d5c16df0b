import { describe, expect, test } from '@jest/globals';
import { expectResult, type House, type Run, startHouse } from './house.js';
import { Users } from './users.js';

const LOAD = { load: { path: '/', rate: 100, for: '1s', connections: 4 } };
const inTurn = { checks: { parallel: false } };

/** Asked of log-cache, and soon again where a check bears it. */
const kpi = (limits: object) => ({ 'log-cache': { for: '30s', interval: '200ms', ...limits } });

/** Sends requests, whatever is answered. */
const LOUD = `
(async () => { for (let n = 0; n < 60; n++) await (await fetch(process.env.GREEN_URL)).text(); })();
`;

function verdicts({ outcome }: Run): readonly string[] {
  return outcome.checks
    .filter(({ kind }) => kind === 'log-cache')
    .map(({ step, verdict, reason }) => `${step} ${verdict}: ${reason}`);
}

/** Green answers like this; blue well. */
const ofGreen = (behaviour: object) => ({
  behaviour: (app: { name: string }) => (app.name === 'myapp-green' ? behaviour : {}),
});

describe('what the platform itself measured decides', () => {
  test('before the switch, on what a load of checks has sent to green', async () => {
    await using house = await startHouse();
    const limits = { errors: '<= 0%', p95: '<= 1s', cpu: '<= 100%', memory: '<= 80%', disk: '<= 80%' };
    const run = await house.run({ ...inTurn, verify: [LOAD, kpi(limits)] });
    expectResult(run, 'succeeded');
    const [said] = verdicts(run);
    expect(said).toMatch(
      /^verify pass: \d{2,} requests in 30 s, errors 0 %, p95 .* ms, cpu .* %, memory .* %, disk .* %\.$/,
    );
  });

  test.each([
    [
      'errors',
      { errors: '< 1%' },
      { answers: { '*': { status: 503 }, '/healthcheck': {} } },
      'expected errors < 1%, got',
    ],
    ['a slow answer', { p50: '<= 30ms' }, { latencyMs: 80 }, 'expected p50 <= 30ms, got'],
    ['a leak', { memory: '<= 60%' }, { leak: 1_048_576 }, 'expected memory <= 60%, got'],
  ])('%s of green before any user sees it', async (_, limits, behaviour: object, reason) => {
    await using house = await startHouse(ofGreen(behaviour));
    const loud = { command: { run: ['node', '-e', LOUD] } };
    const run = await house.run({ ...inTurn, verify: [loud, kpi(limits)] });
    expectResult(run, 'failed');
    expect(verdicts(run)[0]).toContain(reason);
    expect(house.destinations()).toEqual(['myapp']);
  });

  test('between the steps of a switch and in the bake, green beside blue under the same users', async () => {
    const seed = { apps: [{ name: 'myapp', image: 'registry.test/myapp:1', instances: 2 }] };
    await using house = await startHouse({ seed });
    const users = new Users(house.url);
    const check = kpi({ for: '3s', errors: '<= 1%', p95: '<= 20x blue', unknowns: 20 });
    const steps = { mode: 'steps', steps: [33, 100], hold: '600ms', checks: [check] };
    const run = await house.run({
      switch: steps,
      bake: { for: '200ms', checks: [kpi({ for: '3s', errors: '<= 1%' })] },
    });
    await users.stop();
    expectResult(run, 'succeeded');
    const [between, baked] = verdicts(run);
    expect(between).toMatch(/^switch pass: .*; blue: errors 0 %, p95 /);
    expect(baked).toMatch(/^bake pass: /);
  });

  test('after the switch, and takes it back', async () => {
    // Each answer takes memory that never comes back.
    await using house = await startHouse(ofGreen({ leak: 2_097_152 }));
    const users = new Users(house.url);
    const check = kpi({ for: '3s', memory: '<= 1.5x blue' });
    const run = await house.run({ bake: { for: '3s', interval: '300ms', checks: [check] } });
    await users.stop();
    expectResult(run, 'rolled-back');
    expect(verdicts(run).at(-1)).toMatch(/^bake fail: expected memory <= 1.5x blue/);
    expect(users.failures).toEqual([]);
  });
});

describe('what it did not measure is unknown, and stops the release (P14)', () => {
  const held = async (house: House, requests: number) => {
    const run = await house.run({ verify: [kpi({ errors: '< 1%', requests })] });
    expectResult(run, 'failed');
    return verdicts(run)[0];
  };

  test('too few requests', async () => {
    await using house = await startHouse();
    // What the release itself asked of the routers is among them.
    expect(await held(house, 1_000)).toContain('verify unknown: log-cache on myapp-green: it had');
  });

  test('a user who may not read, who is told that there is nothing', async () => {
    await using house = await startHouse();
    house.cf.faults.add({ match: { path: /\/api\/v1\/read\// }, answer: { status: 404 }, times: 1 });
    expect(await held(house, 1)).toMatch(/verify unknown: .*HTTP 404.*a user gets who may not read this app/);
  });
});

/** What log-cache answers about timers: these, as many as are asked for, before the end that is asked for. */
function answerTimers(house: House, timers: readonly Readonly<Record<string, unknown>>[]): void {
  house.cf.interception.onRequest = ({ path }) => {
    const url = new URL(path, 'http://log-cache');
    if (!url.pathname.includes('/api/v1/read/') || url.searchParams.get('envelope_types') !== 'TIMER') return undefined;
    const end = BigInt(url.searchParams.get('end_time') ?? 0);
    const batch = timers.filter(({ timestamp }) => BigInt(timestamp as string) < end);
    return { status: 200, body: { envelopes: { batch: batch.slice(0, Number(url.searchParams.get('limit'))) } } };
  };
}

const MILLISECOND = 1_000_000;

function timer(number: number, tags: Readonly<Record<string, string>>, isText = true) {
  const stop = (Date.now() - number) * MILLISECOND;
  const time = (ns: number) => (isText ? String(ns) : ns);
  const named = { name: 'http', start: time(stop - 5 * MILLISECOND), stop: time(stop) };
  return { timestamp: time(stop), source_id: 'x', instance_id: '0', tags, timer: named };
}

test('more requests than one answer holds are all counted', async () => {
  await using house = await startHouse();
  answerTimers(
    house,
    Array.from({ length: 2_500 }, (_, number) => timer(number, { status_code: number < 5 ? '502' : '200' })),
  );
  const run = await house.run({ verb: 'deploy', verify: [kpi({ errors: '<= 0.2%' })] });
  expectResult(run, 'waiting');
  expect(verdicts(run)[0]).toContain('2500 requests in 30 s, errors 0.2 %');
});

test('a request that a router tells of twice counts once, a WebSocket not at all, and numbers may be no texts', async () => {
  await using house = await startHouse();
  const twice = ['Client', 'Server'].map(peer => timer(1, { status_code: '502', peer_type: peer, request_id: 'a' }));
  const socket = { ...timer(2, { status_code: '101' }), timer: { name: 'http', start: '0', stop: '9000000000000' } };
  const others = Array.from({ length: 9 }, (_, number) => timer(3 + number, { status_code: '200' }, number % 2 === 0));
  answerTimers(house, [...twice, socket, ...others]);
  const run = await house.run({ verb: 'deploy', verify: [kpi({ errors: '<= 10%', p99: '<= 6ms' })] });
  expectResult(run, 'waiting');
  expect(verdicts(run)[0]).toMatch(/ 10 requests in 30 s, errors 10 %, p99 5/);
});

test('requests without a status that anybody could read are unknown', async () => {
  await using house = await startHouse();
  answerTimers(house, [timer(1, { code: '200' }), ...Array.from({ length: 20 }, () => timer(2, { status: '200' }))]);
  const run = await house.run({ verify: [kpi({ errors: '<= 10%' })] });
  expectResult(run, 'failed');
  expect(verdicts(run)[0]).toContain('does not tell the status of 1 of 21 requests');
});
