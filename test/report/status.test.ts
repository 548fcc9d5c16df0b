import { expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/release/model.js';
import type { ReleaseRecord } from '../../src/release/record.js';
import { statusJson, statusText } from '../../src/report/status.js';

const snapshot: Snapshot = {
  target: 'shop',
  live: 'shop-blue',
  slots: [
    { slot: 'shop-blue', exists: true, size: 3, ready: 2, version: undefined },
    { slot: 'shop-green', exists: false, size: 0, ready: 0, version: undefined },
  ],
  routing: { routes: [{ route: 'service/shop', slot: 'shop-blue', text: 'slot=shop-blue', document: { secret: 1 } }] },
};

const record: ReleaseRecord = {
  format: 1,
  release: 'shop',
  fence: 7,
  holder: { id: 'run-7', actor: 'ann', link: 'https://ci.example/7', since: 0, heardAt: 60_000 },
  version: 'v2',
  phase: 'switching',
  result: null,
  targets: [],
  journal: [{ at: 1_000, step: 'switch', state: 'begun' }],
};

test('the status says what is live, sizes and versions, the record, and what could be done', () => {
  const status = {
    snapshots: [snapshot],
    record,
    possible: ['run: release the next version'],
  };
  expect(statusText(status).split('\n')).toEqual([
    'shop: shop-blue is live',
    '  shop-blue   2/3 ready, version not known, live',
    '  shop-green  does not exist',
    '  service/shop -> shop-blue (slot=shop-blue)',
    'record: version v2, switching; held by ann, run run-7 (https://ci.example/7) at switch, heard of 1970-01-01T00:01:00.000Z',
    'possible now:',
    '  run: release the next version',
  ]);
});

test('the status before the first release says that nothing is live', () => {
  const routes = [{ route: 'service/shop', slot: undefined, text: 'does not exist', document: null }];
  const first = { ...snapshot, live: undefined, routing: { routes } };
  const text = statusText({ snapshots: [first], record: undefined, possible: [] });
  expect(text).toContain('shop: nothing is live');
  expect(text).toContain('service/shop -> no declared slot (does not exist)');
  expect(text).toContain('record: none');
  expect(text).toContain('possible now: nothing');
});

test('programs get the same, without what only the platform reads', () => {
  const json = JSON.parse(JSON.stringify(statusJson({ snapshots: [snapshot], record, possible: [] })));
  expect(json).toEqual({
    format: 1,
    targets: [
      {
        target: 'shop',
        live: 'shop-blue',
        slots: [
          { slot: 'shop-blue', exists: true, size: 3, ready: 2, version: null },
          { slot: 'shop-green', exists: false, size: 0, ready: 0, version: null },
        ],
        routes: [{ route: 'service/shop', slot: 'shop-blue', text: 'slot=shop-blue' }],
      },
    ],
    record: {
      version: 'v2',
      phase: 'switching',
      result: null,
      fence: 7,
      asked: null,
      holder: {
        id: 'run-7',
        actor: 'ann',
        link: 'https://ci.example/7',
        since: '1970-01-01T00:00:00.000Z',
        heardAt: '1970-01-01T00:01:00.000Z',
      },
      steps: [{ at: '1970-01-01T00:00:01.000Z', step: 'switch', state: 'begun' }],
    },
    possible: [],
  });
});

test('the status says where an approval is awaited', () => {
  const asked = { gate: 'teardown' as const, digest: '3f2a91c', reference: 'issue/12', actor: 'ann', at: 0 };
  const waiting = { ...record, phase: 'settled' as const, asked };
  expect(statusText({ snapshots: [], record: waiting, possible: [] })).toContain(
    'settled; an approval before the teardown is awaited (issue/12, plan 3f2a91c); held by ann',
  );
  expect(statusJson({ snapshots: [], record: waiting, possible: [] })).toMatchObject({
    record: { asked: { gate: 'teardown', reference: 'issue/12', at: '1970-01-01T00:00:00.000Z' } },
  });
});
