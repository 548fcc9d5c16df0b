import { describe, expect, test } from '@jest/globals';
import { type ReleaseRecord, readRecord } from '../../src/release/record.js';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');

/** The journal as it stands on the platform, such as `claim done, deploy begun`. */
function journalOf(platform: ModelPlatform): string {
  const stored = platform.stored.get('shop');
  if (!stored) return 'no record';
  return readRecord(stored.text, '')
    .journal.map(({ step, state }) => `${step} ${state}`)
    .join(', ');
}

describe('whoever looks at the record', () => {
  test('sees what is being done before it is, and that it was done before anything else is', async () => {
    const platform = live();
    const seen: Record<string, string> = {};
    platform.beforeWrite = name => {
      seen[name.split(' ').slice(0, 2).join(' ')] ??= journalOf(platform);
    };
    const confirm = platform.confirm.bind(platform);
    const connect = platform.connect.bind(platform);
    platform.connect = () => {
      const connection = connect();
      connection.confirm = (...asked) => {
        seen.confirm ??= journalOf(platform);
        return confirm(...asked);
      };
      return connection;
    };
    await runOn(platform, { version: '2' });
    expect(seen['deploy shop-green']).toBe('claim done, deploy begun');
    expect(seen['route shop']).toMatch(/deploy begun, deploy done, .*verify done, switch begun$/);
    expect(seen.confirm).toMatch(/switch begun, switch done$/);
    expect(seen['teardown shop-blue']).toMatch(/confirm done, .*bake done, .*teardown begun$/);
    expect(journalOf(platform)).toMatch(/teardown begun, teardown done, close begun, close done$/);
  });

  test('sees that the deployment is done while green is being checked, however long that takes', async () => {
    const platform = live();
    platform.fates = new Map([[3, 'crash-before']]);
    await runOn(platform, { version: '2' });
    expect(platform.writes.slice(0, 4)).toEqual(['record', 'deploy shop-green', 'record', 'record']);
    expect(journalOf(platform)).toBe('claim done, deploy begun, deploy done');
  });
});

describe('a record of another version of this program', () => {
  const record = (format: unknown) => JSON.stringify({ format, release: 'shop', targets: [], journal: [] });

  test('that is newer is refused, with the command that shows it, and nothing is written', async () => {
    const platform = live();
    platform.stored.set('shop', { text: record(99), revision: '1' });
    const outcome = await runOn(platform, { version: '2' });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'RECORD_UNREADABLE' }] });
    expect(outcome?.failures[0]?.message).toContain('its format 99 is newer than 1');
    expect(outcome?.failures[0]?.hint).toContain('model record shop');
    expect(platform.writes).toEqual([]);
  });

  test.each([
    ['no JSON', 'held by alice'],
    ['no record', '{"format": "two"}'],
  ])('that is %s is refused, too', async (_, text) => {
    const platform = live();
    platform.stored.set('shop', { text, revision: '1' });
    expect(await runOn(platform, { version: '2' })).toMatchObject({ failures: [{ code: 'RECORD_UNREADABLE' }] });
    expect(platform.writes).toEqual([]);
  });

  test('that is older, and lacks what was added since, is read', async () => {
    const platform = live();
    await runOn(platform, { version: '2', settings: { teardown: { how: 'keep' } } });
    const { holder: _, ...old } = JSON.parse(platform.stored.get('shop')?.text ?? '') as ReleaseRecord;
    const targets = old.targets.map(({ stages: _stages, ...target }) => target);
    const { revision = '' } = platform.stored.get('shop') ?? {};
    platform.stored.set('shop', { text: JSON.stringify({ ...old, holder: null, targets }), revision });
    expect(await runOn(platform, { version: '3' })).toMatchObject({ result: 'succeeded' });
  });

  test('of a run that an earlier version left with both slots live is gone on with', async () => {
    const settings = { switch: { mode: 'overlap', hold: '1s' }, lock: { term: '1s' } };
    const platform = live();
    platform.beforeWrite = name => {
      if (name.startsWith('route')) platform.fates.set(platform.writes.length, 'crash-after');
    };
    const clock = new VirtualClock();
    expect(await runOn(platform, { version: '2', settings, clock })).toBeUndefined();
    expect(platform.routes.get('shop')).toBe('shop-blue+shop-green');
    const { text = '', revision = '' } = platform.stored.get('shop') ?? {};
    const { targets, ...record } = JSON.parse(text) as ReleaseRecord;
    const old = targets.map(({ stages = [], ...target }) => ({ ...target, overlap: stages[0]?.routing }));
    const earlier = JSON.stringify({ ...record, targets: old });
    expect(readRecord(earlier, '').targets).toEqual(targets);
    platform.stored.set('shop', { text: earlier, revision });
    platform.beforeWrite = () => undefined;
    platform.fates.clear();
    await clock.sleep(2_000, new AbortController().signal);
    const again = await runOn(platform, { version: '2', settings, clock });
    expect(again).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green' }] });
    expect(platform.writes.filter(name => name.startsWith('route'))).toEqual([
      'route shop shop-blue+shop-green',
      'route shop shop-green',
    ]);
  });
});
