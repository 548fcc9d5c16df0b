import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../../src/release/model.js';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { cancelled, runOn } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

/** One run of somebody's pipeline, and what befalls it. */
interface Turn {
  readonly version: string;
  readonly verb: 'run' | 'deploy' | 'switch' | 'teardown' | 'rollback' | 'abort';
  readonly verdicts: Readonly<Record<string, 'pass' | 'fail' | 'unknown'>>;
  readonly fates: readonly (readonly [number, Fate])[];
  readonly cancelAt: number | undefined;
}

const verdict = fc.constantFrom('pass' as const, 'pass' as const, 'fail' as const, 'unknown' as const);
const turn: fc.Arbitrary<Turn> = fc.record({
  version: fc.constantFrom('1', '2', '3'),
  verb: fc.constantFrom('run', 'run', 'run', 'deploy', 'switch', 'teardown', 'rollback', 'abort'),
  verdicts: fc.record({ verify: verdict, bake: verdict }),
  fates: fc.array(fc.tuple(fc.nat(14), fc.constantFrom<Fate>('crash-before', 'crash-after', 'fail', 'lost-answer')), {
    maxLength: 2,
  }),
  cancelAt: fc.option(fc.nat(14), { nil: undefined, freq: 4 }),
});

const settings = fc.record({
  teardown: fc.record({ how: fc.constantFrom('delete', 'scale-to-zero', 'keep') }),
  'failed-green': fc.constantFrom('delete', 'scale-to-zero', 'keep'),
  switch: fc.record({ mode: fc.constantFrom('atomic', 'atomic', 'overlap', 'steps'), hold: fc.constant('5s') }),
  'on-failure': fc.constantFrom('rollback', 'rollback', 'hold'),
});

async function play(
  platform: ModelPlatform,
  clock: VirtualClock,
  wish: Turn,
  given: object,
): Promise<Outcome | undefined> {
  const cancel = new AbortController();
  const first = platform.writes.length;
  platform.fates = new Map(wish.fates.map(([at, fate]) => [first + at, fate]));
  platform.beforeWrite = () => {
    if (platform.writes.length - first === wish.cancelAt) cancel.abort(cancelled());
  };
  const { version, verb, verdicts } = wish;
  const outcome = await runOn(platform, { version, verb, verdicts, clock, cancel, settings: { ...given } });
  platform.beforeWrite = () => undefined;
  // A dead holder is taken over after its term.
  await clock.sleep(TERM_MS + 1, new AbortController().signal);
  return outcome;
}

describe('whatever befalls the runs before', () => {
  const many = Number(process.env.CUTOVER_PROPERTY_RUNS ?? 300);

  test('live traffic is served throughout, and an undisturbed run ends clean (P1, P2, P5, P6, P7)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 5 }), settings, async (turns, given) => {
        const platform = new ModelPlatform().has('shop-blue', 3, '0').serves('shop', 'shop-blue');
        const clock = new VirtualClock();
        for (const wish of turns) await play(platform, clock, wish, given);
        platform.fates = new Map();
        const last = await runOn(platform, { version: 'last', clock, settings: { ...given } });
        expect(platform.broken).toEqual([]);
        expect(last).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: 'last' }] });
        expect(platform.slots.get(last?.targets[0]?.live ?? '')).toEqual({ size: 3, version: 'last' });
        expect(readRecord(platform.stored.get('shop')?.text ?? '', '')).toMatchObject({
          phase: 'closed',
          holder: null,
        });
      }),
      { numRuns: many },
    );
  });

  test('the same command again after a crash ends like a run that nothing happened to (P6)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(16),
        fc.constantFrom<Fate>('crash-before', 'crash-after'),
        settings,
        async (at, fate, given) => {
          const disturbed = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
          const quiet = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
          const clock = new VirtualClock();
          const wish: Turn = { version: '2', verb: 'run', verdicts: {}, fates: [[at, fate]], cancelAt: undefined };
          await play(disturbed, clock, wish, given);
          disturbed.fates = new Map();
          await runOn(disturbed, { version: '2', clock, settings: { ...given } });
          await runOn(quiet, { version: '2', settings: { ...given } });
          expect(disturbed.broken).toEqual([]);
          expect([...disturbed.slots]).toEqual([...quiet.slots]);
          expect([...disturbed.routes]).toEqual([...quiet.routes]);
        },
      ),
      { numRuns: many },
    );
  });

  test('a result never says more than the platform shows (P11)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 3 }), settings, async (turns, given) => {
        const platform = new ModelPlatform().has('shop-blue', 3, '0').serves('shop', 'shop-blue');
        const clock = new VirtualClock();
        for (const wish of turns) {
          const before = platform.routes.get('shop');
          const outcome = await play(platform, clock, wish, given);
          const live = platform.routes.get('shop') ?? '';
          if (outcome?.result === 'succeeded' && wish.verb === 'run')
            expect(platform.slots.get(live)?.version).toBe(wish.version);
          if (outcome?.result === 'unchanged' && wish.verb === 'run') expect(live).toBe(before);
          if (outcome && ['rolled-back', 'failed', 'refused'].includes(outcome.result) && wish.verb === 'run') {
            expect([before, outcome.targets[0]?.live]).toContain(live);
          }
        }
        expect(platform.broken).toEqual([]);
      }),
      { numRuns: many },
    );
  });

  test('whoever else puts the route back, and whenever: the result says what is live, and nothing of it is removed (P7, P11)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(14), settings, async (at, given) => {
        const platform = new ModelPlatform().has('shop-blue', 3, '0').serves('shop', 'shop-blue');
        const clock = new VirtualClock();
        platform.beforeWrite = name => {
          // Between the last look and the removal there is no time in the model, and nobody goes back to what is gone.
          const mayGoBack = !name.startsWith('teardown') && platform.slots.get('shop-blue')?.size === 3;
          if (platform.writes.length >= at && mayGoBack) platform.lead('shop', 'shop-blue');
          if (platform.writes.length >= at) platform.beforeWrite = () => undefined;
        };
        const outcome = await runOn(platform, { version: '1', clock, settings: { ...given } });
        const live = platform.routes.get('shop');
        const seen = outcome?.targets[0]?.live;
        const claimsGreen =
          outcome?.result === 'succeeded' || (outcome?.result === 'waiting' && outcome.next !== 'switch');
        if (claimsGreen) expect(seen).toBe('shop-green');
        if (['rolled-back', 'failed'].includes(outcome?.result ?? '')) expect(seen).toBe('shop-blue');
        // The last write frees the record: nobody looks after it.
        if (at < platform.writes.length - 1) expect(seen).toBe(live?.includes('+') ? undefined : live);
        expect(platform.broken).toEqual([]);
        const again = await runOn(platform, { version: '1', clock, settings: { ...given } });
        expect(again?.failures ?? []).toEqual([]);
      }),
      { numRuns: many },
    );
  });

  test('a plan and a dry run write nothing, whatever was left behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        turn,
        settings,
        fc.constantFrom('run', 'rollback', 'abort', 'plan'),
        async (left, given, verb) => {
          const platform = new ModelPlatform().has('shop-blue', 3, '0').serves('shop', 'shop-blue');
          const clock = new VirtualClock();
          await play(platform, clock, left, given);
          platform.fates = new Map();
          await clock.sleep(10 * TERM_MS, new AbortController().signal);
          const before = [[...platform.routes], [...platform.slots], [...platform.stored]];
          for (const version of ['1', '2', '3'])
            await runOn(platform, { version, verb, clock, settings: { ...given, 'dry-run': true } });
          expect([[...platform.routes], [...platform.slots], [...platform.stored]]).toEqual(before);
        },
      ),
      { numRuns: many },
    );
  });
});
