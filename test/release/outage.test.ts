/**
 * The probe, the judge and the whole story, in virtual time: only the answers of the live URL are made up.
 */
import type { Agent } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AskOptions, ProbeAnswer } from '../../src/checks/ask.js';
import type { Outcome } from '../../src/release/model.js';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

type Kind = 'good' | 'hangs' | 'refuses' | '503' | 'late 504';

/** What the live URL does with a request that comes so long after the switch (negative: before it), on which connection. */
type Behaviour = (ms: number, connection: 'fresh' | 'kept') => Kind;

/** How long it takes from the beginning of the run to the switch: as nothing but the clock decides it, always the same. */
const SWITCH_MS = 1_000;

/** Node's types do not tell what an agent was made with. */
const connectionOf = (agent: Agent) => ('keepAlive' in agent && agent.keepAlive ? 'kept' : 'fresh');

async function release(behaviour: Behaviour, bake: object, margins: object = {}): Promise<Outcome> {
  const clock = new VirtualClock();
  const switchedAt = clock.now() + SWITCH_MS;
  const ask = async (_url: URL, { agent, timeoutMs, signal }: AskOptions): Promise<ProbeAnswer> => {
    const lost = (code: string) => Object.assign(new Error('no answer'), { code });
    const asked = clock.now();
    switch (behaviour(asked - switchedAt, connectionOf(agent))) {
      case 'hangs':
        await clock.sleep(timeoutMs, signal);
        throw lost('TOO_LATE');
      case 'refuses':
        throw lost('ECONNREFUSED');
      case '503':
        return { status: 503, headers: {}, text: '' };
      case 'late 504':
        await clock.sleep(3_000, signal);
        return { status: 504, headers: {}, text: '' };
      default:
        await clock.sleep(5, signal);
        return { status: 200, headers: {}, text: '' };
    }
  };
  const platform = new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
  const settings = { bake: { checks: [], probe: margins, ...bake } };
  const outcome = await runOn(platform, { version: '2', settings, clock, ask });
  if (!outcome) throw new Error('the model crashed');
  expect(outcome.evidence.probes[0]?.switchedAt).toBe(switchedAt);
  return outcome;
}

const during =
  (from: number, until: number, kind: Kind): Behaviour =>
  ms =>
    ms >= from && ms < until ? kind : 'good';

/** From the switch to the end, when blue is back. */
const backAfter = ({ durationMs }: Outcome) => durationMs - SWITCH_MS;

const MINUTE = 60_000;

describe('an outage during the bake', () => {
  test.each<[Kind, number]>([
    ['hangs', 5_000 + 2_000],
    ['late 504', 3_000 + 2_000],
    ['refuses', 3_000],
    ['503', 3_000],
  ])('is noticed within seconds, whenever it begins and however long all was well: %s', async (kind, within) => {
    const moments = fc.record({ minutes: fc.integer({ min: 1, max: 8 }), percent: fc.integer({ min: 0, max: 99 }) });
    await fc.assert(
      fc.asyncProperty(moments, async ({ minutes, percent }) => {
        const begins = (minutes * MINUTE * percent) / 100;
        const outcome = await release(during(begins, Number.POSITIVE_INFINITY, kind), { for: `${minutes}m` });
        expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
        expect(outcome.failures[0]).toMatchObject({ code: 'BAKE_FAILED' });
        expect(backAfter(outcome) - begins).toBeLessThan(within);
      }),
      { numRuns: 6, examples: [[{ minutes: 20, percent: 75 }]] },
    );
  });

  test('is noticed when all of the bake but its last second was good, for the last answers are waited for', async () => {
    const outcome = await release(during(MINUTE - 1_000, Number.POSITIVE_INFINITY, 'hangs'), { for: '1m' });
    expect(outcome.result).toBe('rolled-back');
    expect(backAfter(outcome)).toBeLessThan(MINUTE + 5_000);
  });

  test('is noticed even if it is over again when somebody looks, once it has cost users more than is tolerated', async () => {
    const outcome = await release(during(5 * MINUTE, 5 * MINUTE + 6_000, 'hangs'), { for: '10m' });
    expect(outcome.result).toBe('rolled-back');
  });

  test('is in the evidence as what users lost, and not as the few requests that were waited for', async () => {
    const outcome = await release(
      during(30_000, Number.POSITIVE_INFINITY, 'hangs'),
      { for: '1m' },
      { 'errors-above': '30%' },
    );
    expect(outcome.failures[0]?.message).toMatch(
      / \d+ of \d+ requests to .* failed after the switch, and 0 of \d+ before the switch/,
    );
    const [probe] = outcome.evidence.probes;
    const seconds = (backAfter(outcome) - 30_000) / 1_000;
    expect(probe?.after.failed).toBeGreaterThan(20 * (seconds - 6));
    const lost = probe?.spans.map(({ errors }) => errors['never sent'] ?? 0).filter(amount => amount > 0) ?? [];
    expect(lost.length).toBeGreaterThan(seconds - 7);
    expect(Math.max(...lost)).toBeLessThanOrEqual(22);
  });

  test('of new connections alone is one: users who come new get nothing', async () => {
    const outcome = await release((ms, connection) => (ms > 5 * MINUTE && connection === 'fresh' ? 'hangs' : 'good'), {
      for: '10m',
    });
    expect(outcome.result).toBe('rolled-back');
    expect(backAfter(outcome) - 5 * MINUTE).toBeLessThan(12_000);
  });

  test('is judged by the latest minute, or another time, with what is tolerated', async () => {
    const outage = during(10 * MINUTE, Number.POSITIVE_INFINITY, '503');
    const minute = await release(outage, { for: '15m' }, { 'errors-above': '50%' });
    expect(backAfter(minute) - 10 * MINUTE).toBeGreaterThan(29_000);
    expect(backAfter(minute) - 10 * MINUTE).toBeLessThan(33_000);
    expect(minute.failures[0]?.message).toContain(' failed in the latest 1 min, and 0 of ');
    const shorter = await release(outage, { for: '15m' }, { 'errors-above': '50%', window: '10s' });
    expect(backAfter(shorter) - 10 * MINUTE).toBeLessThan(8_000);
  });

  test('while a stage of the switch is held is noticed as soon', async () => {
    const clock = new VirtualClock();
    const since = clock.now() + SWITCH_MS + 10 * MINUTE;
    const ask = async () => {
      if (clock.now() < since) return { status: 200, headers: {}, text: '' };
      return { status: 503, headers: {}, text: '' };
    };
    const platform = new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
    const settings = { switch: { mode: 'overlap', hold: '20m' }, bake: { for: '1m', interval: '15m' } };
    const outcome = await runOn(platform, { version: '2', settings, clock, ask });
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'switch' });
    expect((outcome?.startedAt ?? 0) + (outcome?.durationMs ?? 0) - since).toBeLessThan(3_000);
  });

  test('while a check of the bake takes its time is noticed as soon', async () => {
    const clock = new VirtualClock();
    const since = clock.now() + SWITCH_MS + 2 * MINUTE;
    const ask = async () => ({ status: clock.now() < since ? 200 : 503, headers: {}, text: '' });
    const platform = new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
    const slow = async (signal: AbortSignal) => clock.sleep(5 * MINUTE, signal);
    const outcome = await runOn(platform, { version: '2', clock, ask, checkTakes: { bake: slow } });
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'bake' });
    expect((outcome?.startedAt ?? 0) + (outcome?.durationMs ?? 0) - since).toBeLessThan(3_000);
  });
});

describe('what is no outage', () => {
  const succeeds = async (behaviour: Behaviour, margins: object = {}) => {
    const outcome = await release(behaviour, { for: '5m' }, margins);
    expect(outcome.failures).toEqual([]);
    expect(outcome.result).toBe('succeeded');
    return outcome;
  };

  test('one request that is never answered, at whatever moment, brings no good release back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 299_000 }), fc.constantFrom('fresh', 'kept'), async (moment, on) => {
        let isOver = false;
        const { evidence } = await succeeds((ms, connection) => {
          if (isOver || ms < moment || connection !== on) return 'good';
          isOver = true;
          return 'hangs';
        });
        expect(evidence.probes[0]?.failed).toBe(1);
      }),
      { numRuns: 5 },
    );
  });

  test('nor do several, each alone while others are answered', async () => {
    const next = { fresh: 10_000, kept: 25_000 };
    const { evidence } = await succeeds((ms, connection) => {
      if (ms < next[connection]) return 'good';
      next[connection] += 30_000;
      return 'hangs';
    });
    expect(evidence.probes[0]?.failed).toBeGreaterThan(15);
    expect(evidence.probes[0]?.spans.some(({ errors }) => 'never sent' in errors)).toBe(false);
  });

  test('a live URL that was as flaky before the switch is not the fault of green', async () => {
    let asked = 0;
    await succeeds(() => (asked++ % 200 === 0 ? '503' : 'good'));
  });

  test('a blip of a few requests is borne', async () => {
    await succeeds(during(2 * MINUTE, 2 * MINUTE + 400, '503'));
  });

  test('a longer one as well, if more is tolerated', async () => {
    await succeeds(during(2 * MINUTE, 2 * MINUTE + 6_000, 'hangs'), { 'errors-above': '20%' });
  });

  test('nor is one that a longer patience sits out', async () => {
    const outcome = await succeeds(during(2 * MINUTE, 2 * MINUTE + 2_000, 'late 504'), { 'errors-above': '10%' });
    expect(outcome.evidence.probes[0]?.failed).toBeGreaterThan(50);
  });
});
