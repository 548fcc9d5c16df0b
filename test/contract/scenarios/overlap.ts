import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd } from '../stage.js';

const TERM_MS = 3_000;
const CONFIG = `switch: { mode: overlap, hold: 2s }\nlock: { term: ${TERM_MS}ms }\n`;
const WITH_CONFIG = { config: 'cutover.yml' };

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** What a user gets from a switch that overlaps. */
export function overlap(open: OpenGround): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a switch that overlaps', () => {
    test('sends users to both slots for a while, then to green alone, and loses none of their requests', async () => {
      await using stage = await ground.stage();
      stage.write('cutover.yml', CONFIG);
      const done = await stage.runUnderLoad(WITH_CONFIG);
      expectEnd(done, { result: 'succeeded', live: 'shop-green', previous: 'shop-blue' });
      const { overlap = stage.writes.switch, switch: last } = stage.writes;
      const writes = done.run.requests.filter(request =>
        [overlap, last].some(({ method, path }) => request.method === method && path.test(request.path)),
      );
      expect(writes).toHaveLength(2);
      expect(done.run.log).toContain('shop-blue and shop-green both got traffic for');
    });

    test('goes on after a runner that died while both were live', async () => {
      await using stage = await ground.stage();
      stage.write('cutover.yml', CONFIG);
      await stage.stopAt('SIGKILL', stage.writes.overlap ?? stage.writes.switch, WITH_CONFIG);
      expect(await stage.selected()).toBe('shop-blue+shop-green');
      await pause(TERM_MS);
      const again = await stage.run(WITH_CONFIG);
      expectEnd({ run: again }, { result: 'succeeded', live: 'shop-green' });
    });

    test('is taken back by one verb from there', async () => {
      await using stage = await ground.stage();
      stage.write('cutover.yml', CONFIG);
      await stage.stopAt('SIGKILL', stage.writes.overlap ?? stage.writes.switch, WITH_CONFIG);
      await pause(TERM_MS);
      const back = await stage.run({ ...WITH_CONFIG, verb: 'rollback' });
      expectEnd({ run: back }, { result: 'succeeded', live: 'shop-blue' });
    });
  });
}
