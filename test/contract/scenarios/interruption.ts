import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failuresOf, Load } from '../../cluster/support/load.js';
import type { Ground, OpenGround } from '../ground.js';
import { expectEnd, Stage } from '../stage.js';

/** A killed run counts as gone after this time without a word. */
const TERM_MS = 2_000;
const SHORT_TERM = { config: 'cutover.yml' };

const SWITCH = /services\/shop(\?|$)/;
const RECORD = /configmaps\/cutover-shop(\?|$)/;

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
    const moments: readonly [string, string, RegExp, string][] = [
      ['the claim', 'POST', /configmaps(\?|$)/, 'shop-blue'],
      ['the deployment of green', 'PATCH', /deployments\/shop-green/, 'shop-blue'],
      ['the switch', 'PATCH', SWITCH, 'shop-green'],
      ['the removal of blue', 'DELETE', /deployments\/shop-blue/, 'shop-green'],
    ];
    test.each(moments)(
      'at %s leaves one slot serving, and the same command ends it (P6)',
      async (_, method, path, live) => {
        await using stage = await Stage.open(ground);
        stage.write('cutover.yml', `lock: { term: ${TERM_MS}ms }\n`);
        const load = new Load(stage.url, { fresh: 4, kept: 4 });
        try {
          const killed = await stage.stopAt('SIGKILL', method, path, SHORT_TERM);
          expect(killed.outputs.result).toBeUndefined();
          const { selector } = (await stage.get('services/shop'))?.spec ?? {};
          expect(selector).toMatchObject({ 'cutover/slot': live });
          await pause(TERM_MS);
          expectEnd({ run: await stage.run(SHORT_TERM) }, { result: 'succeeded', live: 'shop-green' });
        } finally {
          await load.stop();
        }
        expect(failuresOf(load.samples)).toEqual({});
        await stage.expectRouting('shop-blue', 'shop-green');
        expect(await stage.names('deployments')).toEqual(['shop-green']);
      },
    );
  });

  describe('a run that is cancelled', () => {
    test('before the switch leaves users on blue, and the same command goes on', async () => {
      await using stage = await Stage.open(ground);
      const run = await stage.stopAt('SIGINT', 'PATCH', /deployments\/shop-green/);
      expectEnd({ run }, { result: 'cancelled', live: 'shop-blue' });
      await stage.expectRouting('shop-blue');
      expectEnd(await stage.runUnderLoad(), { result: 'succeeded', live: 'shop-green' });
    });

    test('after the switch ends on one slot, says on which, and the same command goes on', async () => {
      await using stage = await Stage.open(ground);
      const load = new Load(stage.url, { fresh: 4, kept: 4 });
      try {
        const run = await stage.stopAt('SIGINT', 'PATCH', SWITCH);
        const { selector } = (await stage.get('services/shop'))?.spec ?? {};
        expectEnd({ run }, { live: selector['cutover/slot'] });
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
      await using stage = await Stage.open(ground);
      let second: ReturnType<Stage['run']> | undefined;
      const after = async () => {
        second = stage.run({ version: 'v3' }, { runId: '2' });
        await second;
      };
      stage.gateway.moments.push({ method: 'PATCH', path: /deployments\/shop-green/, after });
      const first = await stage.runUnderLoad();
      expectEnd(first, { result: 'succeeded', live: 'shop-green', version: 'v2' });
      const other = await second;
      if (!other) throw new Error('The second run was never started.');
      expectEnd({ run: other }, { result: 'refused' });
      expect(other.log).toContain('Another run holds this release: you');
      await stage.expectRouting('shop-blue', 'shop-green');
    });

    test('that claim at the same moment: exactly one goes on (P9)', async () => {
      await using stage = await Stage.open(ground);
      const runs = await Promise.all([stage.run({}, { runId: '1' }), stage.run({ version: 'v3' }, { runId: '2' })]);
      expect(runs.map(run => run.outputs.result).sort()).toEqual(['refused', 'succeeded']);
      await stage.expectRouting('shop-blue', 'shop-green');
      expect(RECORD.test(stage.path('configmaps/cutover-shop'))).toBe(true);
      expect(JSON.stringify((await stage.get('configmaps/cutover-shop'))?.data)).toContain('closed');
    });
  });
}
