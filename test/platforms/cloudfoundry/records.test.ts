import { expect, test } from '@jest/globals';
import { cloudFoundrySchema } from '../../../src/config/schema.js';
import { systemClock } from '../../../src/lib/poll.js';
import { open } from '../../../src/platforms/cloudfoundry/index.js';
import type { Platform, PlatformSettings } from '../../../src/platforms/port.js';
import { startHouse } from './house.js';

const signal = new AbortController().signal;

async function openedOn(section: object): Promise<Platform> {
  const settings = {
    'cloud-foundry': cloudFoundrySchema.parse(section),
    workspace: '/',
    environment: {},
    log: { debug: () => undefined, warning: () => undefined },
    mask: () => undefined,
    clock: systemClock,
  };
  return open(settings as unknown as PlatformSettings);
}

test('of two runs that write the same record exactly one goes on (P9)', async () => {
  await using house = await startHouse();
  const platforms = await Promise.all([openedOn(house.section()), openedOn(house.section())]);
  const created = await Promise.all(platforms.map((one, index) => one.records.create('shop', `run ${index}`, signal)));
  expect(created.filter(one => one !== undefined)).toHaveLength(1);
  const [first] = platforms;
  const held = await first?.records.read('shop', signal);
  const updated = await Promise.all(
    platforms.map(one => one.records.update('shop', 'later', held?.revision ?? '', signal)),
  );
  expect(updated.filter(one => one !== undefined)).toHaveLength(1);
});

test('a long record comes back whole, letter by letter, and is gone when it is removed', async () => {
  await using house = await startHouse();
  const { records } = await openedOn(house.section());
  const text = JSON.stringify({ plan: 'ü🚀 "quoted"\n'.repeat(2_000) });
  const stored = await records.create('shop', text, signal);
  expect((await records.read('shop', signal))?.text).toBe(text);
  await records.remove('shop', stored?.revision ?? '', signal);
  expect(await records.read('shop', signal)).toBeUndefined();
});

test('a record that no app could hold is refused in words', async () => {
  await using house = await startHouse();
  const { records } = await openedOn(house.section());
  await expect(records.create('shop', 'x'.repeat(1_000_000), signal)).rejects.toMatchObject({
    code: 'RECORD_TOO_LONG',
  });
});

test('a record whose answer was lost is known to be ours', async () => {
  await using house = await startHouse();
  const { records } = await openedOn(house.section());
  let isLost = false;
  house.cf.interception.onRequest = ({ method, path }) => {
    if (method !== 'POST' || path !== '/v3/apps' || isLost) return undefined;
    isLost = true;
    return 'lose-answer';
  };
  expect(await records.create('shop', 'mine', signal)).toEqual({ text: 'mine', revision: '1' });
});
