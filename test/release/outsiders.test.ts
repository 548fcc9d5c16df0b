import { describe, expect, test } from '@jest/globals';
import { possible } from '../../src/release/possible.js';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { configOf, runOn, type Wish } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = (size = 3) => new ModelPlatform().has('shop-blue', size, '1').serves('shop', 'shop-blue');
const never = () => new AbortController().signal;
const recordOf = (platform: ModelPlatform) => readRecord(platform.stored.get('shop')?.text ?? '', '');
const platformOf = (platform: ModelPlatform) => [[...platform.routes], [...platform.slots], [...platform.stored]];

/** Version 2, whose process died at the first write of this name. */
async function killedAt(write: string, fate: Fate, settings: object = {}) {
  const platform = live();
  const clock = new VirtualClock();
  platform.beforeWrite = name => {
    if (name.startsWith(write)) platform.fates = new Map([[platform.writes.length, fate]]);
  };
  await runOn(platform, { version: '2', clock, settings: { ...settings } });
  platform.fates = new Map();
  platform.beforeWrite = () => undefined;
  await clock.sleep(TERM_MS + 1, never());
  return { platform, clock };
}

describe('a plan or a dry run beside a release that was left half-way', () => {
  test.each([
    ['plan', { verb: 'plan' }, 'would first be undone'],
    ['run --dry-run', { settings: { 'dry-run': true } }, 'would first be undone'],
    ['rollback --dry-run', { verb: 'rollback', settings: { 'dry-run': true } }, 'would first be undone'],
    ['abort --dry-run', { verb: 'abort', settings: { 'dry-run': true } }, 'would first be undone'],
  ] as const)('%s says what would be done first, and writes nothing', async (_name, wish, words) => {
    const { platform, clock } = await killedAt('route', 'crash-after');
    const before = platformOf(platform);
    const outcome = await runOn(platform, { version: '3', clock, ...wish } as Wish);
    expect(outcome?.result).toBe('succeeded');
    expect(outcome?.notes.join(' ')).toContain(words);
    expect(platformOf(platform)).toEqual(before);
  });

  test('a plan of the very version shows how it would go on', async () => {
    const { platform, clock } = await killedAt('route', 'crash-after');
    const before = platformOf(platform);
    expect(await runOn(platform, { version: '2', verb: 'plan', clock })).toMatchObject({ result: 'succeeded' });
    expect(platformOf(platform)).toEqual(before);
  });

  test('a confirmed release is not closed by the plan of another one', async () => {
    const { platform, clock } = await killedAt('teardown', 'crash-before');
    const before = platformOf(platform);
    await runOn(platform, { version: '3', verb: 'plan', clock });
    expect(platformOf(platform)).toEqual(before);
    const outcome = await runOn(platform, { version: '2', clock });
    expect(outcome?.steps.map(({ step }) => step)).toContain('teardown');
    expect([...platform.slots.keys()]).toEqual(['shop-green']);
  });
});

describe('a route that somebody else puts back', () => {
  test('during the bake: it is seen, the result says so, and the version can be released again', async () => {
    const platform = live();
    const clock = new VirtualClock();
    platform.beforeWrite = name => {
      if (name.startsWith('route'))
        void clock.sleep(5_000, never()).then(() => platform.routes.set('shop', 'shop-blue'));
    };
    const outcome = await runOn(platform, { version: '2', clock });
    platform.beforeWrite = () => undefined;
    expect(outcome).toMatchObject({
      result: 'rolled-back',
      targets: [{ live: 'shop-blue' }],
      failures: [
        { code: 'BAKE_FAILED', message: expect.stringContaining('somebody else led its traffic to shop-blue') },
      ],
    });
    expect(outcome?.notes.join(' ')).not.toContain('Green is live');
    expect(await runOn(platform, { version: '2', clock })).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-green' }],
    });
    expect(platform.broken).toEqual([]);
  });

  test.each(['run', 'switch', 'deploy', 'plan'] as const)(
    'after the switch verb: %s begins anew, instead of calling the version live',
    async verb => {
      const platform = live();
      const settings = { approval: { by: 'environment', before: ['teardown'] } };
      expect(await runOn(platform, { version: '2', settings })).toMatchObject({ result: 'waiting', next: 'teardown' });
      platform.routes.set('shop', 'shop-blue');
      const outcome = await runOn(platform, { version: '2', verb });
      expect(outcome?.result).not.toBe('unchanged');
      expect(outcome?.failures).toEqual([]);
      if (verb === 'run' || verb === 'switch') expect(platform.routes.get('shop')).toBe('shop-green');
      expect(platform.broken).toEqual([]);
    },
  );

  test('after the switch verb: the teardown is refused, and status offers the switch', async () => {
    const platform = live();
    const settings = { approval: { by: 'environment', before: ['teardown'] } };
    await runOn(platform, { version: '2', settings });
    platform.routes.set('shop', 'shop-blue');
    const outcome = await runOn(platform, { version: '2', verb: 'teardown' });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'NOTHING_TO_DO' }] });
    const config = configOf({ version: '2' });
    const [target] = config.targets;
    if (!target) throw new Error('There is no target.');
    const snapshots = [await platform.inspect(target)];
    const observed = { snapshots, record: recordOf(platform), now: 1, runId: 'status' };
    expect(possible(config, observed)).toContain('switch: move live traffic to version 2, which is deployed');
  });

  test('while blue is removed: nothing is removed, and nobody is told that green is live', async () => {
    const platform = live();
    platform.beforeWrite = name => {
      if (name.startsWith('teardown')) platform.routes.set('shop', 'shop-blue');
    };
    const settings = { bake: { for: '0s', checks: [] }, teardown: { after: '10s' } };
    const clock = new VirtualClock();
    void clock.sleep(3_000, never()).then(() => platform.routes.set('shop', 'shop-blue'));
    const outcome = await runOn(platform, { version: '2', settings, clock });
    expect(outcome).toMatchObject({ targets: [{ live: 'shop-blue' }], failures: [{ code: 'STILL_LIVE' }] });
    expect(outcome?.result).toBe('rolled-back');
    expect([...platform.slots.keys()]).toEqual(['shop-blue', 'shop-green']);
  });
});

describe('a blue that grows while a release is under way (P1)', () => {
  const grown = (platform: ModelPlatform, size: number) => {
    const blue = platform.slots.get('shop-blue');
    if (blue) blue.size = size;
  };

  test('gives green as many instances before traffic moves', async () => {
    const platform = live(3);
    const seen: number[] = [];
    platform.beforeWrite = name => {
      if (name.startsWith('deploy')) grown(platform, 8);
      if (name.startsWith('route')) seen.push(platform.slots.get('shop-green')?.size ?? 0);
    };
    expect(await runOn(platform, { version: '2' })).toMatchObject({ result: 'succeeded' });
    expect(seen).toEqual([8]);
  });

  test('between the job that deployed and the one that switches, too: green is not given up for that', async () => {
    const platform = live(3);
    expect(await runOn(platform, { version: '2', verb: 'deploy' })).toMatchObject({ result: 'waiting' });
    grown(platform, 5);
    expect(await runOn(platform, { version: '2', verb: 'switch' })).toMatchObject({
      targets: [{ live: 'shop-green' }],
    });
    expect(platform.slots.get('shop-green')?.size).toBe(5);
  });

  test('is not waited for by whoever goes back', async () => {
    const platform = live(3);
    const settings = { teardown: { how: 'keep' } };
    await runOn(platform, { version: '2', settings });
    const writes = platform.writes.length;
    await runOn(platform, { version: '2', verb: 'rollback', settings });
    expect(platform.writes.slice(writes).filter(name => name.startsWith('scale'))).toEqual(['scale shop-blue']);
    expect(platform.routes.get('shop')).toBe('shop-blue');
  });
});

test('a target that is new stays live when the others go back, and nobody is called for that (P15)', async () => {
  const platform = live();
  const targets = ['shop', 'cart'];
  const outcome = await runOn(platform, { version: '2', targets, verdicts: { bake: 'fail' } });
  expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }, { live: 'cart-green' }] });
  expect(outcome?.notes.join(' ')).toContain(
    'first release of cart: there is nothing to go back to, so cart-green stays live',
  );
  expect(outcome?.notes.join(' ')).not.toContain('somebody else');
  expect([...platform.slots.keys()]).toEqual(['shop-blue', 'cart-green']);
  expect(platform.broken).toEqual([]);
});
