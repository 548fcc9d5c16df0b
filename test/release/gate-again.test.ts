import { describe, expect, test } from '@jest/globals';
import type { Question } from '../../src/release/ask.js';
import { asking, forever, live, recordOf, says, until } from './asking.js';
import { cancelled, runOn } from './harness.js';
import { VirtualClock } from './virtual-clock.js';

describe('a later run', () => {
  test('after nobody answered in time asks anew: that was said where it was asked', async () => {
    const platform = live();
    const wish = asking({ before: 'switch', within: '1h' });
    expect((await runOn(platform, wish))?.result).toBe('waiting');
    let earlier: unknown;
    const answer = async (question: Question) => {
      earlier = question.earlier?.reference;
      return { decision: 'approved' as const, by: ['bob'] };
    };
    expect((await runOn(platform, { ...wish, answer }))?.result).toBe('succeeded');
    expect(earlier).toBeUndefined();
  });

  test('after the process died at the gate finds the question again, and an approval that came meanwhile', async () => {
    const platform = live();
    const controller = new AbortController();
    const first = runOn(platform, asking({}, { cancel: controller, answer: (_, signal) => forever(signal) }));
    await until(() => platform.stored.has('shop') && recordOf(platform).asked !== undefined);
    controller.abort(Object.assign(new Error('killed')));
    await first;
    expect(recordOf(platform)).toMatchObject({ phase: 'settled', asked: { gate: 'teardown', reference: 'issue/1' } });
    let asked: Question | undefined;
    const answer = async (question: Question) => {
      asked = question;
      return { decision: 'approved' as const, by: ['bob'] };
    };
    const outcome = await runOn(platform, asking({}, { answer }));
    expect(asked?.earlier?.reference).toBe('issue/1');
    expect(outcome?.steps.map(({ step }) => step)).toEqual([
      'inspect',
      'claim',
      'gate-teardown',
      'drain',
      'teardown',
      'close',
    ]);
    expect(outcome?.result).toBe('succeeded');
  });

  test('after an approval that was noted does not ask again', async () => {
    const platform = live();
    const clock = new VirtualClock();
    const cancel = new AbortController();
    let asked = 0;
    const answer = async () => {
      asked++;
      clock.sleep(10 * 60_000, new AbortController().signal).then(() => cancel.abort(cancelled()));
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const wish = asking({}, { answer, clock, settings: { teardown: { after: '20m' } } });
    expect(await runOn(platform, { ...wish, cancel })).toMatchObject({ result: 'cancelled' });
    const outcome = await runOn(platform, wish);
    expect(outcome).toMatchObject({ result: 'succeeded', approvals: [{ decision: 'approved', by: ['alice'] }] });
    expect(asked).toBe(1);
  });

  test('of another version asks anew', async () => {
    const platform = live();
    await runOn(platform, asking({ before: 'switch', within: '1h' }, { answer: says('approved') }));
    const digests: string[] = [];
    const answer = async ({ digest }: Question) => {
      digests.push(digest);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    for (const version of ['3', '4']) await runOn(platform, asking({ before: 'switch' }, { answer, version }));
    expect(new Set(digests).size).toBe(2);
  });

  test('of another version takes back the question that nobody answered', async () => {
    const platform = live();
    const cancel = new AbortController();
    const running = runOn(platform, asking({ before: 'switch' }, { cancel, answer: (_, signal) => forever(signal) }));
    await until(() => platform.stored.has('shop') && recordOf(platform).asked !== undefined);
    cancel.abort(cancelled());
    await running;
    const stale: unknown[] = [];
    const answer = async (question: Question) => {
      stale.push(question.stale?.reference);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    for (const version of ['3', '4']) await runOn(platform, asking({ before: 'switch' }, { answer, version }));
    expect(stale).toEqual(['issue/1', undefined]);
  });

  test('of a version that was rolled back after its approval asks again, about another digest: the release ended with it', async () => {
    const platform = live();
    const digests: string[] = [];
    const answer = async ({ digest }: Question) => {
      digests.push(digest);
      return { decision: 'approved' as const, by: ['alice'] };
    };
    const wish = asking({ before: 'switch' }, { answer, clock: new VirtualClock() });
    expect((await runOn(platform, { ...wish, verdicts: { bake: 'fail' } }))?.result).toBe('rolled-back');
    expect((await runOn(platform, wish))?.result).toBe('succeeded');
    expect(new Set(digests).size).toBe(2);
  });
});
