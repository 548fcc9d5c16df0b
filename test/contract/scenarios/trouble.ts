import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd, type Stage, sentence } from '../stage.js';

/** What a user gets when something is wrong. */
export function trouble(open: OpenGround): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  /** Nothing of the release is left, and users never left blue. */
  async function expectOnlyBlue(stage: Stage): Promise<void> {
    await stage.expectRouting('shop-blue');
    expect(await stage.slots()).toEqual(['shop-blue']);
  }

  describe('a green that does not come up is removed, and users notice nothing', () => {
    const cases: readonly [string, string, RegExp][] = [
      ['it crashes', 'v2-crash', /crash/i],
      ['it never gets ready', 'v2-unready', /0\/3 ready/],
    ];
    test.each(cases)('%s', async (_, version, words) => {
      await using stage = await ground.stage();
      const done = await stage.runUnderLoad({ version, 'ready-timeout': '5s' });
      expectEnd(done, { result: 'failed', live: 'shop-blue' });
      expect(sentence(done.run)).toContain('shop-green');
      expect(sentence(done.run)).toMatch(words);
      await expectOnlyBlue(stage);
    });
  });

  describe('a check that fails', () => {
    test('on green keeps users on blue', async () => {
      await using stage = await ground.stage();
      expectEnd(await stage.runUnderLoad({ version: 'v2-failing' }), { result: 'failed', live: 'shop-blue' });
      await expectOnlyBlue(stage);
    });

    test('after the switch brings blue back, and green is gone', async () => {
      await using stage = await ground.stage();
      const done = await stage.runUnderLoad({ 'live-checks': '- http: { path: /healthz, expect: { status: 204 } }' });
      expectEnd(done, { result: 'rolled-back', live: 'shop-blue' });
      await stage.expectRouting('shop-blue', 'shop-green', 'shop-blue');
      expect(await stage.slots()).toEqual(['shop-blue']);
    });
  });

  describe('a blue that is broken already', () => {
    test('does not block the release that fixes it', async () => {
      await using stage = await ground.stage({ version: 'v1-crash', isServing: false });
      const run = await stage.run();
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green', previous: 'shop-blue' });
      await stage.expectRouting('shop-green');
    });
  });
}
