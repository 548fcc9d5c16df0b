import { describe, expect, test } from '@jest/globals';
import { TERM_MS } from '../../src/release/record.js';
import { cancelled, runOn, type Wish } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

/** Of three instances each: 1 of 4, 3 of 6, and 3 of 4. */
const settings = { switch: { mode: 'steps', steps: [25, 50, 75, 100], hold: '5s' } };
const UP_TO_HALF = { switch: { mode: 'steps', steps: [25, 50, 100], hold: '5s' } };

function live(targets: readonly string[] = ['shop']): ModelPlatform {
  const platform = new ModelPlatform();
  platform.full = 3;
  for (const target of targets) platform.has(`${target}-blue`, 3, '1').serves(target, `${target}-blue`);
  return platform;
}

/** The sizes of the slots after each write that changed them or the route, as `blue/green route`. */
function watched(platform: ModelPlatform): readonly string[] {
  const seen: string[] = [];
  const look = () => {
    const sizes = ['shop-blue', 'shop-green'].map(slot => platform.slots.get(slot)?.size ?? 0).join('/');
    const text = `${sizes} ${platform.routes.get('shop')}`;
    if (seen.at(-1) !== text) seen.push(text);
  };
  platform.beforeWrite = look;
  return seen;
}

async function writesOfAQuietRun(): Promise<readonly string[]> {
  const platform = live();
  expect((await runOn(platform, { version: '2', settings }))?.result).toBe('succeeded');
  return platform.writes;
}

describe('shares that are made by numbers of instances', () => {
  test('go up by growing green, then by shrinking blue, and blue is refilled once nothing leads to it', async () => {
    const platform = live();
    const seen = watched(platform);
    expect((await runOn(platform, { version: '2', settings }))?.result).toBe('succeeded');
    expect(seen).toEqual([
      '3/0 shop-blue',
      '3/3 shop-blue',
      '3/1 shop-blue',
      '3/1 shop-blue+shop-green',
      '3/3 shop-blue+shop-green',
      '1/3 shop-blue+shop-green',
      '1/3 shop-green',
      '3/3 shop-green',
      '0/3 shop-green',
    ]);
    expect(platform.broken).toEqual([]);
  });

  test('take nothing from blue up to one half', async () => {
    const platform = live();
    expect((await runOn(platform, { version: '2', settings: UP_TO_HALF }))?.result).toBe('succeeded');
    expect(platform.writes.filter(name => name === 'shrink shop-blue')).toEqual([]);
  });

  test('go back by way of a whole blue when users get worse answers at three quarters', async () => {
    const platform = live();
    const seen = watched(platform);
    const failed = () => (platform.slots.get('shop-blue')?.size === 1 ? 9 : 0);
    const after = () => ({ requests: 10, failed: failed(), p95Ms: 10 });
    const probe = () => ({ requests: 20, failed: failed(), after: after() });
    const outcome = await runOn(platform, { version: '2', settings, probe });
    expect(outcome).toMatchObject({ result: 'rolled-back', failures: [{ code: 'BAKE_FAILED' }] });
    const back = seen.slice(seen.indexOf('1/3 shop-blue+shop-green'));
    expect(back.slice(0, 3)).toEqual(['1/3 shop-blue+shop-green', '3/3 shop-blue+shop-green', '3/3 shop-blue']);
    expect(platform.broken).toEqual([]);
  });

  test('stay with both slots, and say so, when a cancel leaves no time to bring blue back', async () => {
    const platform = live();
    const cancel = new AbortController();
    const probe = () => {
      if (platform.slots.get('shop-blue')?.size === 1) cancel.abort(cancelled());
      return {};
    };
    const often = { ...settings, bake: { for: '30s', interval: '1s' } };
    const outcome = await runOn(platform, { version: '2', settings: often, cancel, probe });
    expect(outcome?.result).toBe('cancelled');
    expect(outcome?.notes.join()).toContain('nothing was taken from green');
    expect(platform.routes.get('shop')).toBe('shop-blue+shop-green');
    expect(platform.slots.get('shop-blue')?.size).toBe(3);
    expect((await runOn(platform, { version: '2', settings }))?.result).toBe('succeeded');
    expect(platform.broken).toEqual([]);
  });

  test('are planned anew when blue has grown in the meantime, before anything is moved', async () => {
    const platform = live();
    platform.beforeWrite = name => {
      const blue = platform.slots.get('shop-blue');
      if (name === 'scale shop-green' && blue) blue.size = 5;
    };
    const outcome = await runOn(platform, { version: '2', settings });
    expect(outcome).toMatchObject({ result: 'failed', failures: [{ code: 'SIZE_CHANGED' }] });
    expect(platform.writes.filter(name => name.startsWith('route') || name.startsWith('shrink'))).toEqual([]);
    expect(platform.broken).toEqual([]);
  });

  test('are undone at once by a cancel that comes while blue is whole', async () => {
    const platform = live();
    const cancel = new AbortController();
    platform.beforeWrite = () => {
      if (platform.routes.get('shop') === 'shop-blue+shop-green') cancel.abort(cancelled());
    };
    expect((await runOn(platform, { version: '2', settings: UP_TO_HALF, cancel }))?.result).toBe('cancelled');
    expect(platform.routes.get('shop')).toBe('shop-blue');
    // The switch verb by itself finds green smaller than it was deployed.
    platform.beforeWrite = () => undefined;
    const again = await runOn(platform, { version: '2', verb: 'switch', settings: UP_TO_HALF });
    expect(again?.result).toBe('waiting');
    expect(platform.broken).toEqual([]);
  });
});

/** What comes after a run that something befell, and what must be live when it has ended. */
const AFTERWARDS: readonly (readonly [Wish['verb'] & string, string, readonly string[]])[] = [
  ['run', '2', ['2']],
  ['run', '3', ['3']],
  ['rollback', '2', ['1', '2']],
  ['abort', '2', ['1', '2']],
];

describe.each<Fate>(['crash-before', 'crash-after', 'fail', 'lost-answer'])('a %s at any write', fate => {
  test.each(AFTERWARDS)(
    'is followed by %s of version %s with one slot whole all along (P6)',
    async (verb, version, wanted) => {
      for (const [at, name] of (await writesOfAQuietRun()).entries()) {
        const platform = live();
        const clock = new VirtualClock();
        platform.fates = new Map([[at, fate]]);
        await runOn(platform, { version: '2', settings, clock });
        platform.fates = new Map();
        await clock.sleep(TERM_MS + 1, new AbortController().signal);
        const outcome = await runOn(platform, { version, verb, settings, clock });
        const route = platform.routes.get('shop') ?? '';
        const serving = platform.slots.get(route);
        const seen = {
          at,
          name,
          broken: platform.broken,
          size: serving?.size,
          right: wanted.includes(String(serving?.version)),
        };
        expect(seen).toEqual({ at, name, broken: [], size: 3, right: true });
        if (verb === 'run') expect(['succeeded', 'unchanged']).toContain(outcome?.result);
      }
    },
  );
});

test('of several targets all grow whole before any of them loses blue (P15)', async () => {
  const targets = ['shop', 'cart'];
  const platform = live(targets);
  platform.beforeWrite = name => {
    const isLast = /^route \w+ \w+-green$/.test(name);
    const sizes = targets.map(target => platform.slots.get(`${target}-green`)?.size);
    if (isLast) expect(sizes).toEqual([3, 3]);
  };
  expect((await runOn(platform, { version: '2', targets, settings }))?.result).toBe('succeeded');
  expect(platform.broken).toEqual([]);
});

test('a record whose sizes somebody edited, so that neither slot would be whole, is refused before anything is written', async () => {
  const platform = live();
  const clock = new VirtualClock();
  const at = (await writesOfAQuietRun()).indexOf('shrink shop-blue');
  platform.fates = new Map([[at, 'crash-before']]);
  await runOn(platform, { version: '2', settings, clock });
  platform.fates = new Map();
  await clock.sleep(TERM_MS + 1, new AbortController().signal);
  const { text = '{}' } = platform.stored.get('shop') ?? {};
  const record = JSON.parse(text);
  record.targets[0].stages[2].sizes = { blue: 1, green: 1 };
  platform.stored.set('shop', { text: JSON.stringify(record), revision: '99' });
  const before = [...platform.writes];
  const outcome = await runOn(platform, { version: '2', settings, clock });
  expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'RECORD_UNREADABLE' }] });
  expect(outcome?.failures[0]?.message).toContain('neither slot is whole');
  expect(platform.writes).toEqual(before);
});
