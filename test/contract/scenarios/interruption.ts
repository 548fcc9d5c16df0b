import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failuresOf, Load } from '../../cluster/support/load.js';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd, type Run, type Writes } from '../stage.js';

/** A killed run counts as gone after this time without a word. */
const TERM_MS = 2_000;
const SHORT_TERM = { config: 'cutover.yml' };

/** What a user gets when a run is killed, cancelled, or not alone. */
export function interruption(open: OpenGround): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a run that is killed', () => {
    const moments: readonly [string, Exclude<keyof Writes, 'overlap'>, string][] = [
      ['the claim', 'claim', 'shop-blue'],
      ['the deployment of green', 'deploy', 'shop-blue'],
      ['the switch', 'switch', 'shop-green'],
      ['the removal of blue', 'removal', 'shop-green'],
    ];
    test.each(moments)('at %s leaves one slot serving, and the same command ends it (P6)', async (_, write, live) => {
      await using stage = await ground.stage();
      stage.write('cutover.yml', `lock: { term: ${TERM_MS}ms }\n`);
      const load = new Load(stage.url, { fresh: 4, kept: 4 });
      try {
        const killed = await stage.stopAt('SIGKILL', stage.writes[write], SHORT_TERM);
        expect(killed.outputs.result).toBeUndefined();
        expect(await stage.selected()).toBe(live);
        await pause(TERM_MS);
        expectEnd({ run: await stage.run(SHORT_TERM) }, { result: 'succeeded', live: 'shop-green' });
      } finally {
        await load.stop();
      }
      expect(failuresOf(load.samples)).toEqual({});
      await stage.expectRouting('shop-blue', 'shop-green');
      expect(await stage.slots()).toEqual(['shop-green']);
    });
  });

  describe('a run that is cancelled', () => {
    test('before the switch leaves users on blue, and the same command goes on', async () => {
      await using stage = await ground.stage();
      const run = await stage.stopAt('SIGINT', stage.writes.deploy);
      expectEnd({ run }, { result: 'cancelled', live: 'shop-blue' });
      await stage.expectRouting('shop-blue');
      expectEnd(await stage.runUnderLoad(), { result: 'succeeded', live: 'shop-green' });
    });

    test('after the switch ends on one slot, says on which, and the same command goes on', async () => {
      await using stage = await ground.stage();
      const load = new Load(stage.url, { fresh: 4, kept: 4 });
      try {
        const run = await stage.stopAt('SIGINT', stage.writes.switch);
        expectEnd({ run }, { live: await stage.selected() });
        expect([130, 4]).toContain(run.exitCode);
        expectEnd({ run: await stage.run() }, { result: 'succeeded', live: 'shop-green' });
      } finally {
        await load.stop();
      }
      expect(failuresOf(load.samples)).toEqual({});
    });
  });

  describe('two runs at once', () => {
    test('on one release: exactly one goes on, the other one says who holds it (P9)', async () => {
      await using stage = await ground.stage();
      let second: Promise<Run> | undefined;
      const after = async () => {
        second = stage.run({ version: 'v3' }, { runId: '2' });
        await second;
      };
      stage.gateway.moments.push({ ...stage.writes.deploy, after });
      const first = await stage.runUnderLoad();
      expectEnd(first, { result: 'succeeded', live: 'shop-green', version: 'v2' });
      const other = await second;
      if (!other) throw new Error('The second run was never started.');
      expectEnd({ run: other }, { result: 'refused' });
      expect(other.log).toContain('Another run holds this release: you');
      await stage.expectRouting('shop-blue', 'shop-green');
    });

    test('that claim at the same moment: exactly one goes on (P9)', async () => {
      await using stage = await ground.stage();
      const runs = await Promise.all([stage.run({}, { runId: '1' }), stage.run({ version: 'v3' }, { runId: '2' })]);
      expect(runs.map(run => run.outputs.result).sort()).toEqual(['refused', 'succeeded']);
      await stage.expectRouting('shop-blue', 'shop-green');
      expect(await stage.record()).toContain('closed');
    });
  });
}
