import { describe, expect, test } from '@jest/globals';
import { possible } from '../../src/release/possible.js';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { configOf, runOn, type Wish } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const clock = new VirtualClock();
const live = () => new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
const keep = { teardown: { how: 'keep' } };

/** What the status verb would offer to somebody who means this version. */
async function offered(platform: ModelPlatform, wish: Wish, later = 0): Promise<readonly string[]> {
  const config = configOf(wish);
  const snapshots = await Promise.all(config.targets.map(target => platform.inspect(target)));
  const stored = platform.stored.get('shop');
  const record = stored && readRecord(stored.text, '');
  return possible(config, { snapshots, record, now: clock.now() + later, runId: 'somebody else' });
}

/** Version 2, killed at its nth write, counted from 0. */
async function killedAt(at: number): Promise<ModelPlatform> {
  const platform = live();
  platform.fates = new Map<number, Fate>([[at, 'crash-after']]);
  await runOn(platform, { version: '2', clock, id: 'first' });
  platform.fates = new Map();
  return platform;
}

describe('what could be done now', () => {
  test('before a release is to run it', async () => {
    expect(await offered(live(), { version: '2' })).toEqual(['run: release version 2']);
  });

  test('after deploy is to switch or to take it away, and not to go back to what never was live', async () => {
    const platform = live();
    await runOn(platform, { version: '2', verb: 'deploy', clock });
    expect(await offered(platform, { version: '2' })).toEqual([
      'run: release version 2',
      'switch: move live traffic to version 2, which is deployed',
      'abort: take version 2 away, which waits for its switch (delete)',
    ]);
  });

  test('after a release that kept blue is to go back to it, or to take it away', async () => {
    const platform = live();
    await runOn(platform, { version: '2', clock, settings: keep });
    expect(await offered(platform, { version: '2' })).toEqual([
      'teardown: version 2 is live; the slot beside it is to go (delete)',
      'rollback: traffic of shop to shop-blue (version 1)',
    ]);
  });

  test('while a run holds the release is to wait for it, and to abort it if it is gone', async () => {
    const platform = await killedAt(1);
    expect(await offered(platform, { version: '2' })).toEqual([
      'wait: alice, run first is at deploy; any verb with lock-wait waits for it',
      'abort: if that run is gone, unless it is heard of within 1 min',
    ]);
    expect(await offered(platform, { version: '2' }, TERM_MS)).toEqual([
      'run: release version 2',
      'switch: move live traffic to version 2, which is deployed',
      'abort: let go of what alice, run first left at deploy',
    ]);
  });

  test('after a kill at the switch is to go on, or to undo it', async () => {
    const platform = live();
    platform.beforeWrite = name => {
      if (name.startsWith('route')) platform.fates = new Map<number, Fate>([[platform.writes.length, 'crash-after']]);
    };
    await runOn(platform, { version: '2', clock, id: 'first' });
    expect(await offered(platform, { version: '2' }, TERM_MS)).toEqual([
      'run: go on with version 2 at ready',
      'switch: go on with version 2 at ready',
      'rollback: undo version 2, which is half-way',
      'abort: let go of what alice, run first left at switch',
    ]);
    expect(await offered(platform, { version: '3' }, TERM_MS)).toContain(
      'run: undo version 2, which is half-way, and then as usual',
    );
  });

  test('when the version is live and alone is nothing', async () => {
    const platform = live();
    await runOn(platform, { version: '2', clock });
    expect(await offered(platform, { version: '2' })).toEqual([]);
  });
});
