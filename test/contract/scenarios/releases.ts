import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handoverOf, tell } from '../evidence.js';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd } from '../stage.js';

/** What a user gets from releases that go well. */
export function releases(open: OpenGround): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a release', () => {
    test('moves all users and loses none of their requests (P1, P2, P3, P11)', async () => {
      await using stage = await ground.stage();
      const done = await stage.runUnderLoad();
      expectEnd(done, { result: 'succeeded', live: 'shop-green', previous: 'shop-blue', version: 'v2' });
      await stage.expectRouting('shop-blue', 'shop-green');
      expect(await stage.slots()).toEqual(['shop-green']);
      expect(await stage.selected()).toBe('shop-green');
      const { firstGreen, lastBlue } = handoverOf(done, 'v1', 'v2');
      tell(
        `from the routing write's answer: first green after ${firstGreen} ms, last blue after ${lastBlue} ms (fresh)`,
      );
      // Where both slots answer on the way, blue does so until that is over.
      expect(lastBlue).toBeLessThan(stage.overlaps ? 10_000 : 1_500);
    });

    test('alternates between the slots, and the same version again writes nothing (P10)', async () => {
      await using stage = await ground.stage();
      for (const [version, live] of [
        ['v2', 'shop-green'],
        ['v3', 'shop-blue'],
      ] as const) {
        expectEnd(await stage.runUnderLoad({ version }), { result: 'succeeded', live });
      }
      await stage.expectRouting('shop-blue', 'shop-green', 'shop-blue');
      const before = await stage.route();
      const again = await stage.run({ version: 'v3' });
      expectEnd({ run: again }, { result: 'unchanged', live: 'shop-blue' });
      expect(again.requests.filter(request => stage.isWrite(request))).toEqual([]);
      expect(await stage.route()).toEqual(before);
    });

    test('is the first one where nothing was', async () => {
      await using stage = await ground.stage({ isEmpty: true });
      const run = await stage.run();
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green', previous: '', 'rollback-command': '' });
      await stage.expectRouting('shop-green');
    });

    test.each(['keep', 'scale-to-zero'])(
      'that left blue (%s) is taken back by one verb, or that is refused where it cannot be',
      async teardown => {
        await using stage = await ground.stage();
        expectEnd({ run: await stage.run({ teardown }) }, { result: 'succeeded', live: 'shop-green' });
        expect(await stage.slots()).toEqual(['shop-blue', 'shop-green']);
        const back = await stage.runUnderLoad({ verb: 'rollback' });
        if (!stage.goesBack) {
          expectEnd(back, { result: 'refused' });
          return await stage.expectRouting('shop-blue', 'shop-green');
        }
        expectEnd(back, { result: 'succeeded', live: 'shop-blue' });
        await stage.expectRouting('shop-blue', 'shop-green', 'shop-blue');
      },
    );

    test('may be three jobs: deploy, switch, teardown', async () => {
      await using stage = await ground.stage();
      expectEnd(await stage.runUnderLoad({ verb: 'deploy' }), { result: 'waiting', live: 'shop-blue' });
      await stage.expectRouting('shop-blue');
      expectEnd(await stage.runUnderLoad({ verb: 'switch' }), { result: 'waiting', live: 'shop-green' });
      expectEnd(await stage.runUnderLoad({ verb: 'teardown' }), { result: 'succeeded', live: 'shop-green' });
      await stage.expectRouting('shop-blue', 'shop-green');
      expect(await stage.slots()).toEqual(['shop-green']);
    });

    test('that is only planned writes nothing', async () => {
      await using stage = await ground.stage();
      const run = await stage.run({ verb: 'plan' });
      expectEnd({ run }, { result: 'succeeded', live: 'shop-blue' });
      expect(run.log).toContain('shop-green');
      expect(run.requests.length).toBeGreaterThan(0);
      expect(run.requests.filter(request => stage.isWrite(request))).toEqual([]);
    });
  });
}
