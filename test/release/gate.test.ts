import { describe, expect, test } from '@jest/globals';
import { failure } from '../../src/failures.js';
import type { Question } from '../../src/release/ask.js';
import { asking, forever, HOUR, live, recordOf, says, slots } from './asking.js';
import { runOn, type Wish } from './harness.js';
import { VirtualClock } from './virtual-clock.js';

describe('a gate in the run', () => {
  test('lets the release go on when it is approved, and the decision is in record and outcome', async () => {
    const platform = live();
    const seen: Question[] = [];
    const answer = async (question: Question) => {
      seen.push(question);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const outcome = await runOn(platform, asking({ before: ['switch', 'teardown'] }, { answer }));
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green' }] });
    expect(outcome?.approvals).toEqual([
      expect.objectContaining({ gate: 'switch', decision: 'approved', by: ['alice'], how: 'issue #1' }),
      expect.objectContaining({ gate: 'teardown', decision: 'approved', by: ['alice'] }),
    ]);
    expect(seen.map(({ gate }) => gate)).toEqual(['switch', 'teardown']);
    expect(new Set(seen.map(({ digest }) => digest)).size).toBe(2);
    expect(recordOf(platform).decisions).toHaveLength(2);
    expect(platform.broken).toEqual([]);
  });

  test('is asked before anything moves, and before anything is taken away', async () => {
    const platform = live();
    const states: [string, unknown, string[]][] = [];
    const answer = async ({ gate }: Question) => {
      states.push([gate, platform.routes.get('shop'), slots(platform)]);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    await runOn(platform, asking({ before: 'switch, teardown' }, { answer }));
    expect(states).toEqual([
      ['switch', 'shop-blue', ['shop-blue', 'shop-green']],
      ['teardown', 'shop-green', ['shop-blue', 'shop-green']],
    ]);
  });

  test('lets every deadline stand still while people think (P13)', async () => {
    const clock = new VirtualClock();
    const answer = says('approved', clock, 20 * HOUR);
    const settings = { deadline: '10m' };
    const outcome = await runOn(
      live(),
      asking({ before: ['switch', 'teardown'], within: '24h' }, { answer, clock, settings }),
    );
    expect(outcome).toMatchObject({ result: 'succeeded', durationMs: expect.any(Number) });
    expect(outcome?.durationMs).toBeGreaterThan(40 * HOUR);
  });

  test('has its own deadline, and the one of the run goes on after it (P13)', async () => {
    const clock = new VirtualClock();
    const settings = { deadline: '10m', bake: { for: '20m' } };
    const wish = asking(
      { before: 'switch', within: '24h' },
      { answer: says('approved', clock, HOUR), clock, settings },
    );
    const outcome = await runOn(live(), wish);
    expect(outcome).toMatchObject({ result: 'rolled-back', failures: [{ code: 'TIMEOUT', step: 'bake' }] });
  });
});

describe('while people think', () => {
  test('the release is held all the while: another run is refused (P9)', async () => {
    const platform = live();
    const clock = new VirtualClock();
    let other: unknown;
    const answer = async (_: Question, signal: AbortSignal) => {
      await clock.sleep(5 * HOUR, signal);
      other = await runOn(platform, { version: '3', clock });
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const outcome = await runOn(platform, asking({ before: 'switch', within: '24h' }, { answer, clock }));
    expect(other).toMatchObject({ result: 'refused', failures: [{ code: 'LOCKED' }] });
    expect(outcome?.result).toBe('succeeded');
  });

  test('green may break: it is not switched to, whoever approved (P1)', async () => {
    const platform = live();
    const answer = async () => {
      platform.sick.add('shop-green');
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const outcome = await runOn(platform, asking({ before: 'switch' }, { answer }));
    expect(outcome).toMatchObject({
      result: 'failed',
      targets: [{ live: 'shop-blue' }],
      failures: [{ code: 'NO_LONGER_READY' }],
    });
    expect(platform.broken).toEqual([]);
  });

  test('a live green that breaks is told, and nothing is moved by it', async () => {
    const platform = live();
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const answer = async (_: Question, signal: AbortSignal) => {
      platform.sick.add('shop-green');
      await clock.sleep(HOUR, signal);
      platform.sick.delete('shop-green');
      await clock.sleep(HOUR, signal);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const outcome = await runOn(
      platform,
      asking({ within: '24h' }, { answer, clock, warn: text => void warnings.push(text) }),
    );
    expect(warnings).toEqual([
      'While the approval is awaited: shop did not hold while it was watched under live traffic: shop-green is 0/4 ready',
    ]);
    expect(outcome?.result).toBe('succeeded');
  });
});

describe('when people say no', () => {
  test('before the switch, green is taken away and the run is refused', async () => {
    const platform = live();
    const outcome = await runOn(platform, asking({ before: 'switch' }, { answer: says('denied') }));
    expect(outcome).toMatchObject({
      result: 'refused',
      targets: [{ live: 'shop-blue' }],
      failures: [{ code: 'GATE_DENIED', message: expect.stringContaining('alice') }],
      approvals: [{ decision: 'denied' }],
    });
    expect(slots(platform)).toEqual(['shop-blue']);
    expect(recordOf(platform)).toMatchObject({ phase: 'closed', holder: null });
  });

  test('before the switch, green is kept where failed-green says so', async () => {
    const platform = live();
    const settings = { 'failed-green': 'keep' };
    expect(await runOn(platform, asking({ before: 'switch' }, { answer: says('denied'), settings }))).toMatchObject({
      result: 'refused',
    });
    expect(slots(platform)).toEqual(['shop-blue', 'shop-green']);
  });

  test.each([
    ['keep-both', 'degraded', 'shop-green', ['shop-blue', 'shop-green']],
    ['rollback', 'rolled-back', 'shop-blue', ['shop-blue']],
  ] as const)('before the teardown, denied: %s leads to %s', async (denied, result, serving, left) => {
    const platform = live();
    const outcome = await runOn(platform, asking({ denied }, { answer: says('denied') }));
    expect(outcome).toMatchObject({ result, targets: [{ live: serving }], failures: [{ code: 'GATE_DENIED' }] });
    expect(slots(platform)).toEqual(left);
    expect(platform.broken).toEqual([]);
  });
});

describe('when nobody answers', () => {
  test.each([
    ['switch', 'keep-both', 'waiting', 'shop-blue', ['shop-blue', 'shop-green']],
    ['switch', 'rollback', 'refused', 'shop-blue', ['shop-blue']],
    ['switch', 'proceed', 'succeeded', 'shop-green', ['shop-green']],
    ['teardown', 'keep-both', 'waiting', 'shop-green', ['shop-blue', 'shop-green']],
    ['teardown', 'rollback', 'rolled-back', 'shop-blue', ['shop-blue']],
    ['teardown', 'proceed', 'succeeded', 'shop-green', ['shop-green']],
  ] as const)('before the %s, otherwise: %s leads to %s', async (before, otherwise, result, serving, left) => {
    const platform = live();
    const outcome = await runOn(platform, asking({ before, otherwise, within: '2h' }));
    expect(outcome).toMatchObject({
      result,
      targets: [{ live: serving }],
      approvals: [{ gate: before, decision: 'timed-out', by: [] }],
    });
    expect(slots(platform)).toEqual(left);
    expect(platform.broken).toEqual([]);
  });
});

test.each(['keep-both', 'rollback', 'proceed'] as const)(
  'a question that cannot be put is not taken for one that nobody answered, whatever follows from that: %s',
  async otherwise => {
    const platform = live();
    const outcome = await runOn(platform, asking({ before: 'switch', within: '1h', otherwise }, { unaskable: true }));
    expect(outcome).toMatchObject({
      result: 'failed',
      targets: [{ live: 'shop-blue' }],
      failures: [{ code: 'GATE_BROKEN', message: expect.stringContaining('could not be put within 1 h') }],
      approvals: [],
    });
  },
);

test('an answer that comes after the last look and within the time counts', async () => {
  let looks = 0;
  const answer = async (_: Question, signal: AbortSignal) =>
    ++looks === 1 ? forever(signal) : { decision: 'approved' as const, by: ['alice'] };
  const outcome = await runOn(live(), asking({ before: 'switch', within: '1h', otherwise: 'rollback' }, { answer }));
  expect(outcome).toMatchObject({ result: 'succeeded', approvals: [{ decision: 'approved', by: ['alice'] }] });
});

test.each([
  ['switch', 'failed', 'shop-blue', ['shop-blue']],
  ['teardown', 'degraded', 'shop-green', ['shop-blue', 'shop-green']],
] as const)('before the %s, people who cannot be asked at all: %s', async (before, result, serving, left) => {
  const platform = live();
  const answer = async () => {
    throw failure('GATE_BROKEN', { gate: before, reason: 'the token lacks a permission.' });
  };
  const outcome = await runOn(platform, asking({ before }, { answer }));
  expect(outcome).toMatchObject({ result, targets: [{ live: serving }], failures: [{ code: 'GATE_BROKEN' }] });
  expect(slots(platform)).toEqual(left);
});

describe('a gate that is the environment of a later job', () => {
  test('before the switch: the run waits, the switch verb goes on, and the teardown after it', async () => {
    const platform = live();
    const wish: Wish = { version: '2', settings: { approval: { by: 'environment', before: ['switch', 'teardown'] } } };
    const results = [];
    for (const verb of ['run', 'run', 'switch', 'run', 'teardown'] as const) {
      const outcome = await runOn(platform, { ...wish, verb });
      results.push([verb, outcome?.result, outcome?.next, outcome?.targets[0]?.live]);
    }
    expect(results).toEqual([
      ['run', 'waiting', 'switch', 'shop-blue'],
      ['run', 'waiting', 'switch', 'shop-blue'],
      ['switch', 'waiting', 'teardown', 'shop-green'],
      ['run', 'waiting', 'teardown', 'shop-green'],
      ['teardown', 'succeeded', undefined, 'shop-green'],
    ]);
    expect(slots(platform)).toEqual(['shop-green']);
    expect(platform.broken).toEqual([]);
  });

  test('before the teardown alone: blue is there until the teardown verb', async () => {
    const platform = live();
    const wish: Wish = { version: '2', settings: { approval: { by: 'environment' } } };
    expect(await runOn(platform, wish)).toMatchObject({
      result: 'waiting',
      next: 'teardown',
      targets: [{ live: 'shop-green' }],
    });
    expect(slots(platform)).toEqual(['shop-blue', 'shop-green']);
    expect((await runOn(platform, { ...wish, verb: 'teardown' }))?.result).toBe('succeeded');
  });
});
