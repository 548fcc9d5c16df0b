import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failuresOf } from '../../cluster/support/load.js';
import { tell } from '../evidence.js';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd, type LoadedRun } from '../stage.js';

/** Kept connections stay on blue until it goes: these never pause, so that a request is always under way on each. */
const BUSY = { fresh: 4, kept: 12, busy: true };

/**
 * What a user with a kept connection gets when blue is removed. `reaches`: whether such a connection leads to an instance;
 * behind a load balancer that keeps users' connections apart from those to instances it does not.
 */
export function teardown(open: OpenGround, reaches = true): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('the removal of blue under busy kept connections', () => {
    test('loses no request when the program drains well', async () => {
      const done = await release('v1');
      expectEnd(done, { result: 'succeeded', live: 'shop-green' });
    });

    const abrupt = reaches ? 'loses some' : 'loses none either, behind this load balancer,';
    test(`${abrupt} when the program closes abruptly`, async () => {
      const { run, samples } = await release('v1-abrupt');
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green' });
      tell(`an abrupt blue lost ${JSON.stringify(failuresOf(samples))} of ${samples.length} requests`);
      expect(Object.keys(failuresOf(samples)).length > 0).toBe(reaches);
    });
  });

  async function release(blue: string): Promise<LoadedRun> {
    await using stage = await ground.stage({ version: blue });
    const done = await stage.runUnderLoad({}, BUSY);
    await stage.expectRouting('shop-blue', 'shop-green');
    return done;
  }
}
