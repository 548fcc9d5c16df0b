import { describe, expect, test } from '@jest/globals';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { runOn } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const back = { verb: 'rollback', settings: { 'if-live': true } } as const;

/** Version 1 serves from blue; version 2 was deployed beside it and never switched to. */
const deployed = () =>
  new ModelPlatform().has('shop-blue', 4, '1').has('shop-green', 4, '2').serves('shop', 'shop-blue');

describe('a rollback that is asked for only if its version is live', () => {
  test('does nothing, and succeeds, for a version that never went live', async () => {
    const platform = deployed();
    const outcome = await runOn(platform, { ...back, version: '2' });
    expect(outcome).toMatchObject({ result: 'unchanged', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.notes.join()).toContain('Version 2 is not live');
    expect(platform.broken).toEqual([]);
  });

  test('does not take back an older release in the place of one that failed', async () => {
    const platform = deployed();
    const outcome = await runOn(platform, { ...back, version: '3' });
    expect(outcome).toMatchObject({ result: 'unchanged', targets: [{ live: 'shop-blue' }] });
  });

  test('takes back a version that is live', async () => {
    const outcome = await runOn(deployed(), { ...back, version: '1' });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green' }] });
  });
});

/** Version 2 is live and version 1 kept, as a finished release leaves them. */
async function released(clock: VirtualClock): Promise<ModelPlatform> {
  const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
  await runOn(platform, { version: '2', clock, settings: { teardown: { how: 'scale-to-zero' } } });
  return platform;
}

const later = (clock: VirtualClock) => clock.sleep(TERM_MS + 1, new AbortController().signal);
const rollback = { version: '2', verb: 'rollback' } as const;

/** Where each write of a rollback is. */
async function writesBack(): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const platform = await released(clock);
  const before = platform.writes.length;
  await runOn(platform, { ...rollback, clock });
  return platform.writes.slice(before);
}

describe('a rollback that is killed', () => {
  test.each<Fate>(['crash-before', 'crash-after'])(
    'is gone on with by the same command: %s each write (P6)',
    async fate => {
      const writes = await writesBack();
      expect(writes).toContain('route shop shop-blue');
      for (const [at, name] of writes.entries()) {
        const clock = new VirtualClock();
        const platform = await released(clock);
        platform.fates = new Map([[platform.writes.length + at, fate]]);
        await runOn(platform, { ...rollback, clock });
        platform.fates = new Map();
        await later(clock);
        const again = await runOn(platform, { ...rollback, clock, settings: { 'if-live': true } });
        const record = readRecord(platform.stored.get('shop')?.text ?? '', '');
        const seen = { name, live: platform.routes.get('shop'), phase: record.phase, broken: platform.broken };
        expect(seen).toEqual({ name, live: 'shop-blue', phase: 'closed', broken: [] });
        expect(['succeeded', 'unchanged']).toContain(again?.result);
      }
    },
  );

  test('and has moved traffic is not undone by the release of another version', async () => {
    const clock = new VirtualClock();
    const platform = await released(clock);
    const lives: (string | undefined)[] = [];
    platform.beforeWrite = name => {
      lives.push(platform.routes.get('shop'));
      if (name === 'route shop shop-blue') platform.fates = new Map([[platform.writes.length, 'crash-after']]);
    };
    await runOn(platform, { ...rollback, clock });
    platform.fates = new Map();
    await later(clock);
    lives.length = 0;
    const outcome = await runOn(platform, { version: '3', clock });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '3', previousVersion: '1' }] });
    expect(lives[0]).toBe('shop-blue');
    expect(outcome?.notes.join()).toContain('release of version 1 was confirmed already');
  });

  test('is never taken for a release of the version that it takes back (P11)', async () => {
    const clock = new VirtualClock();
    const platform = await released(clock);
    platform.beforeWrite = name => {
      if (name === 'route shop shop-blue') platform.fates = new Map([[platform.writes.length, 'crash-after']]);
    };
    await runOn(platform, { ...rollback, clock });
    platform.fates = new Map();
    platform.beforeWrite = () => undefined;
    await later(clock);
    const outcome = await runOn(platform, { version: '2', clock });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '2' }] });
    expect(platform.slots.get(platform.routes.get('shop') ?? '')?.version).toBe('2');
  });
});

describe('a rollback that is asked for twice', () => {
  test('stays where it went: it never goes forward again to what it took back', async () => {
    const clock = new VirtualClock();
    const platform = await released(clock);
    await runOn(platform, { ...rollback, clock });
    const writes = platform.writes.length;
    const again = await runOn(platform, { ...rollback, clock });
    expect(again).toMatchObject({ result: 'unchanged', targets: [{ live: 'shop-blue', liveVersion: '1' }] });
    expect(again?.notes.join()).toContain('Version 2 was rolled back already');
    expect(platform.writes.slice(writes)).toEqual([]);
  });

  test('does nothing after a release that went back by itself', async () => {
    const clock = new VirtualClock();
    const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
    platform.beforeWrite = name => {
      if (name === 'route shop shop-green') platform.fates = new Map([[platform.writes.length, 'crash-after']]);
    };
    await runOn(platform, { version: '2', clock });
    platform.fates = new Map();
    platform.beforeWrite = () => undefined;
    await later(clock);
    for (const result of ['succeeded', 'unchanged']) {
      const outcome = await runOn(platform, { ...rollback, clock });
      expect(outcome).toMatchObject({ result, targets: [{ live: 'shop-blue', liveVersion: '1' }] });
    }
  });

  test('takes back the next release, too', async () => {
    const clock = new VirtualClock();
    const platform = await released(clock);
    await runOn(platform, { ...rollback, clock });
    await runOn(platform, { version: '3', clock, settings: { teardown: { how: 'scale-to-zero' } } });
    const outcome = await runOn(platform, { version: '3', verb: 'rollback', clock });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue', liveVersion: '1' }] });
  });
});

test('a rollback does not make live what was deployed and never was', async () => {
  const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
  await runOn(platform, { version: '2', verb: 'deploy' });
  const outcome = await runOn(platform, rollback);
  expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'NOTHING_TO_DO' }] });
  expect(outcome?.failures[0]?.message).toContain('was deployed and never stayed live');
  expect(platform.routes.get('shop')).toBe('shop-blue');
});
