import { expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/release/model.js';
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

test('the status says what is live, sizes and versions, the record, and what could be done', () => {
  const status = {
    snapshots: [snapshot],
    record: 'version v2, held by ann',
    possible: ['run: release the next version'],
  };
  expect(statusText(status).split('\n')).toEqual([
    'shop: shop-blue is live',
    '  shop-blue   2/3 ready, version not known, live',
    '  shop-green  does not exist',
    '  service/shop -> shop-blue (slot=shop-blue)',
    'record: version v2, held by ann',
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
});

test('programs get the same, without what only the platform reads', () => {
  const json = JSON.parse(JSON.stringify(statusJson({ snapshots: [snapshot], record: undefined, possible: [] })));
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
    record: null,
    possible: [],
  });
});
