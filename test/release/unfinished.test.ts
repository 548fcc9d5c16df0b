import { describe, expect, test } from '@jest/globals';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { cancelled, runOn } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
const never = () => new AbortController().signal;

/** Version 2, killed right after it switched, by a run that may be silent for ten seconds. */
async function killedAfterTheSwitch(id: string) {
  const platform = live();
  const clock = new VirtualClock();
  platform.beforeWrite = name => {
    if (name.startsWith('route')) platform.fates = new Map<number, Fate>([[platform.writes.length, 'crash-after']]);
  };
  await runOn(platform, { version: '2', clock, id, settings: { lock: { term: '10s' } } });
  platform.fates = new Map();
  platform.beforeWrite = () => undefined;
  return { platform, clock };
}

describe('a release of another version that was left half-way', () => {
  test('is undone first, by default', async () => {
    const { platform, clock } = await killedAfterTheSwitch('first');
    await clock.sleep(10_001, never());
    const outcome = await runOn(platform, { version: '3', clock });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '3' }] });
    expect(outcome?.notes).toContain('The unfinished release of version 2 was undone.');
  });

  test('is undone for a version that is live by that, and the result does not call it unchanged (P11)', async () => {
    const { platform, clock } = await killedAfterTheSwitch('first');
    await clock.sleep(10_001, never());
    const outcome = await runOn(platform, { version: '1', clock });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue', liveVersion: '1' }] });
    expect(await runOn(platform, { version: '1', clock })).toMatchObject({ result: 'unchanged' });
  });

  test('stops the run, and nothing is written, when unfinished is refuse', async () => {
    const { platform, clock } = await killedAfterTheSwitch('first');
    await clock.sleep(10_001, never());
    const before = platform.writes.length;
    const outcome = await runOn(platform, { version: '3', clock, settings: { unfinished: 'refuse' } });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'UNFINISHED' }] });
    expect(outcome?.failures[0]?.message).toContain('version 2 is unfinished');
    expect(platform.writes).toHaveLength(before);
    const same = await runOn(platform, { version: '2', clock, settings: { unfinished: 'refuse' } });
    expect(same).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '2' }] });
  });

  test('is nobody’s to take until the term of the run that left it is over', async () => {
    const { platform, clock } = await killedAfterTheSwitch('first');
    await clock.sleep(9_000, never());
    expect(await runOn(platform, { version: '3', clock })).toMatchObject({ failures: [{ code: 'LOCKED' }] });
    await clock.sleep(1_001, never());
    expect(await runOn(platform, { version: '3', clock })).toMatchObject({ result: 'succeeded' });
  });
});

test('a release whose green lost its instances before users got it starts them again by the same command (P6)', async () => {
  const platform = live();
  const clock = new VirtualClock();
  platform.beforeWrite = name => {
    if (name.startsWith('route')) platform.fates = new Map<number, Fate>([[platform.writes.length, 'crash-before']]);
  };
  const settings = { lock: { term: '10s' } };
  await runOn(platform, { version: '2', clock, id: 'first', settings });
  Object.assign(platform, { fates: new Map(), beforeWrite: () => undefined });
  platform.has('shop-green', 0, '2');
  await clock.sleep(10_001, never());
  const outcome = await runOn(platform, { version: '2', clock });
  expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green', liveVersion: '2' }] });
});

describe('rollback', () => {
  test('of what a run left behind that may still be alive waits for as long as it was told to, and then takes it back', async () => {
    const { platform, clock } = await killedAfterTheSwitch('first');
    const verb = 'rollback' as const;
    expect(await runOn(platform, { version: '2', verb, clock })).toMatchObject({ failures: [{ code: 'LOCKED' }] });
    const settings = { lock: { wait: '15s' } };
    const outcome = await runOn(platform, { version: '2', verb, clock, settings });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue' }] });
  });
});

describe('abort-if-unfinished', () => {
  const verb = 'abort-if-unfinished' as const;

  test('puts back what the same job left half-way, at once', async () => {
    const { platform, clock } = await killedAfterTheSwitch('job');
    const outcome = await runOn(platform, { version: '2', verb, clock, id: 'job' });
    expect(outcome).toMatchObject({ result: 'cancelled', targets: [{ live: 'shop-blue' }] });
    expect(readRecord(platform.stored.get('shop')?.text ?? '', '').holder).toBeNull();
    expect(await runOn(platform, { version: '2', verb, clock, id: 'job' })).toMatchObject({ result: 'unchanged' });
  });

  test('leaves the run of another job alone, and does not fail because of it', async () => {
    const { platform, clock } = await killedAfterTheSwitch('job');
    const before = platform.writes.length;
    expect(await runOn(platform, { version: '2', verb, clock, id: 'other' })).toMatchObject({ result: 'unchanged' });
    expect(platform.writes).toHaveLength(before);
    expect(await runOn(platform, { version: '2', verb: 'abort', clock, id: 'other' })).toMatchObject({
      failures: [{ code: 'LOCKED' }],
    });
  });

  test('has nothing to do after a run that ended', async () => {
    const platform = live();
    await runOn(platform, { version: '2' });
    const before = platform.writes.length;
    expect(await runOn(platform, { version: '2', verb })).toMatchObject({ result: 'unchanged' });
    expect(platform.writes).toHaveLength(before);
  });
});

describe('abort, after a release that stopped before its switch', () => {
  const deployed = async (platform: ModelPlatform) => {
    expect(await runOn(platform, { version: '2', verb: 'deploy' })).toMatchObject({ result: 'waiting' });
  };

  test('takes green away, and the release is over', async () => {
    const platform = live();
    await deployed(platform);
    const outcome = await runOn(platform, { version: '2', verb: 'abort' });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue' }], failures: [] });
    expect([...platform.slots.keys()]).toEqual(['shop-blue']);
    const record = readRecord(platform.stored.get('shop')?.text ?? '', '');
    expect(record).toMatchObject({ phase: 'closed', result: 'cancelled', holder: null });
    expect(await runOn(platform, { version: '2', verb: 'abort' })).toMatchObject({ result: 'unchanged' });
    expect(platform.broken).toEqual([]);
  });

  test('keeps green where failed-green says so', async () => {
    const platform = live();
    await deployed(platform);
    await runOn(platform, { version: '2', verb: 'abort', settings: { 'failed-green': 'keep' } });
    expect([...platform.slots.keys()]).toEqual(['shop-blue', 'shop-green']);
  });

  test.each(['3', 'abort-if-unfinished'])('leaves it alone for %s, which did not ask for that', async who => {
    const platform = live();
    await deployed(platform);
    const before = platform.writes.length;
    const wish =
      who === '3' ? { version: '3', verb: 'abort' as const } : { version: '2', verb: 'abort-if-unfinished' as const };
    expect(await runOn(platform, wish)).toMatchObject({ result: 'unchanged' });
    expect(platform.writes).toHaveLength(before);
  });

  test('leaves a green alone that somebody else has made live meanwhile (P7)', async () => {
    const platform = live();
    await deployed(platform);
    platform.serves('shop', 'shop-green');
    expect(await runOn(platform, { version: '2', verb: 'abort' })).toMatchObject({ result: 'unchanged' });
    expect([...platform.slots.keys()]).toEqual(['shop-blue', 'shop-green']);
  });
});

test('an abort that cannot put live traffic back calls for a person (P11)', async () => {
  const { platform, clock } = await killedAfterTheSwitch('job');
  platform.beforeWrite = name => {
    if (name.startsWith('route')) throw new Error('the API is away');
  };
  const outcome = await runOn(platform, { version: '2', verb: 'abort-if-unfinished', clock, id: 'job' });
  expect(outcome).toMatchObject({ result: 'rollback-failed', failures: [{ code: 'RESTORE_FAILED' }] });
  expect(platform.routes.get('shop')).toBe('shop-green');
});

test('deploying a version whose switch is half-way says so, and never calls a split route prepared (P1)', async () => {
  const platform = live();
  const clock = new VirtualClock();
  const settings = { switch: { mode: 'steps', hold: '5s' } } as const;
  platform.beforeWrite = name => {
    if (name.includes('@50')) platform.fates = new Map<number, Fate>([[platform.writes.length, 'crash-before']]);
  };
  await runOn(platform, { version: '3', clock, settings });
  platform.fates = new Map();
  platform.beforeWrite = () => undefined;
  expect(platform.routes.get('shop')).toBe('shop-blue+shop-green@10');
  await clock.sleep(TERM_MS + 1, never());
  const deployed = await runOn(platform, { version: '3', verb: 'deploy', clock, settings });
  expect(deployed).toMatchObject({ result: 'refused', failures: [{ code: 'NOTHING_TO_DO' }] });
  expect(deployed?.failures[0]?.message).toContain('its switch is unfinished (switching); run the switch verb');
  const next = await runOn(platform, { version: '4', clock, settings });
  expect(next).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '4' }] });
  expect(platform.broken).toEqual([]);
});

describe('a record that somebody edited while the release was half-way', () => {
  type Edited = { targets: { previous: { routes?: { document: unknown }[] } }[] };

  /** Version 2 stopped right after the switch, and its record as `edit` leaves it. */
  async function edited(edit: (record: Edited) => void) {
    const { platform, clock } = await killedAfterTheSwitch('first');
    const record = JSON.parse(platform.stored.get('shop')?.text ?? '');
    edit(record);
    platform.stored.set('shop', { text: JSON.stringify(record), revision: '99' });
    await clock.sleep(10_001, never());
    return { platform, clock, before: [...platform.writes] };
  }

  const broken = (record: Edited) => {
    const [route] = record.targets[0]?.previous.routes ?? [];
    if (route) route.document = ['shop-blue'];
  };

  test.each([
    ['the same command again', { version: '2' }],
    ['another version', { version: '3' }],
    ['rollback', { version: '2', verb: 'rollback' }],
    ['abort', { version: '2', verb: 'abort' }],
  ] as const)('is found out by %s before anything is written, and the routing is left as it is', async (_, wish) => {
    const { platform, clock, before } = await edited(broken);
    const outcome = await runOn(platform, { ...wish, clock });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'ROUTE_UNREADABLE' }] });
    expect(outcome?.failures[0]?.message).toContain('model/shop');
    expect(platform.writes).toEqual(before);
    expect(platform.routes.get('shop')).toBe('shop-green');
  });

  test('and that has no routes at all is refused with the command that shows it', async () => {
    const { platform, clock, before } = await edited(({ targets }) => delete targets[0]?.previous.routes);
    const outcome = await runOn(platform, { version: '2', clock });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'RECORD_UNREADABLE' }] });
    expect(outcome?.failures[0]).toMatchObject({
      message: expect.stringContaining('a routing of shop has no routes'),
      hint: expect.stringContaining('model record shop'),
    });
    expect(platform.writes).toEqual(before);
  });
});

test('a holder whose clock was an hour ahead is waited for no longer than its term, by the clock of who waits', async () => {
  const { platform, clock } = await killedAfterTheSwitch('first');
  const record = JSON.parse(platform.stored.get('shop')?.text ?? '');
  record.holder.heardAt += 3_600_000;
  platform.stored.set('shop', { text: JSON.stringify(record), revision: '99' });
  const locked = await runOn(platform, { version: '2', clock });
  expect(locked).toMatchObject({
    failures: [{ code: 'LOCKED', message: expect.stringContaining('last heard of 0 ms ago') }],
  });
  const outcome = await runOn(platform, { version: '2', clock, settings: { lock: { wait: '30s' } } });
  expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '2' }] });
  expect(outcome?.durationMs).toBeLessThan(60_000);
});

test.each([
  ['is cancelled', 'cancelled'],
  ['loses its answer', 'failed'],
] as const)('a claim that %s and was made all the same holds nobody up', async (_name, result) => {
  const platform = live();
  const clock = new VirtualClock();
  const cancel = new AbortController();
  platform.beforeWrite = name => {
    if (name !== 'record' || platform.writes.length > 0) return;
    platform.fates = new Map<number, Fate>([[0, 'lost-answer']]);
    if (result === 'cancelled') cancel.abort(cancelled());
  };
  expect(await runOn(platform, { version: '2', clock, cancel, id: 'first' })).toMatchObject({ result });
  platform.beforeWrite = () => undefined;
  platform.fates = new Map();
  expect(readRecord(platform.stored.get('shop')?.text ?? '', '')).toMatchObject({
    holder: null,
    phase: 'prepared',
    result,
  });
  expect(await runOn(platform, { version: '2', clock, id: 'second' })).toMatchObject({ result: 'succeeded' });
});
