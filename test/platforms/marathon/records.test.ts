import { describe, expect, test } from '@jest/globals';
import { startEmbeddedMarathon } from '../../../src/embedded/marathon/index.js';
import { recordsOf } from '../../../src/platforms/marathon/records.js';
import { failureLike } from '../kubernetes/support.js';
import { pointedAt, soon } from './script.js';

async function store() {
  const dcos = await startEmbeddedMarathon({ router: 'built-in' });
  const { client } = await pointedAt(dcos.url, { credentials: { token: dcos.token() } });
  const apps = () => [1, 2, 3, 4, 5, 6].filter(number => dcos.app(`/team/cutover-shop/r${number}`));
  return { dcos, client, apps, records: recordsOf(client, '/team'), [Symbol.asyncDispose]: () => dcos.close() };
}

describe('the record of a release', () => {
  test('is read as it was written, and only its newest text is kept', async () => {
    await using at = await store();
    expect(await at.records.read('shop', soon())).toBeUndefined();
    const first = await at.records.create('shop', 'one', soon());
    const second = await at.records.update('shop', 'two', first?.revision ?? '', soon());
    expect(await at.records.read('shop', soon())).toEqual({ text: 'two', revision: second?.revision });
    expect(at.apps()).toEqual([2]);
    await at.records.remove('shop', second?.revision ?? '', soon());
    expect(at.apps()).toEqual([]);
  });

  test('is of one release: another one of a longer name is another record', async () => {
    await using at = await store();
    await at.records.create('shop', 'one', soon());
    await at.records.create('shop-inside', 'other', soon());
    expect(await at.records.read('shop', soon())).toMatchObject({ text: 'one' });
  });

  test('is taken by exactly one of many who read the same (P9)', async () => {
    await using at = await store();
    const begun = await Promise.all([1, 2, 3, 4, 5].map(who => at.records.create('shop', `begun by ${who}`, soon())));
    expect(begun.filter(Boolean)).toHaveLength(1);
    const revision = begun.find(Boolean)?.revision ?? '';
    const taken = await Promise.all(
      [1, 2, 3, 4, 5].map(who => at.records.update('shop', `taken by ${who}`, revision, soon())),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await at.records.read('shop', soon())).toEqual(taken.find(Boolean));
  });

  test('is not got back by whoever was silent while it went on without them', async () => {
    await using at = await store();
    const stale = await at.records.create('shop', 'stale', soon());
    let newest = await at.records.update('shop', 'b', stale?.revision ?? '', soon());
    newest = await at.records.update('shop', 'c', newest?.revision ?? '', soon());
    expect(await at.records.update('shop', 'stale again', stale?.revision ?? '', soon())).toBeUndefined();
    expect(await at.records.create('shop', 'as if it were new', soon())).toBeUndefined();
    expect(await at.records.read('shop', soon())).toEqual(newest);
    expect(at.apps()).toEqual([3]);
  });

  test('arrived although its answer was lost', async () => {
    await using at = await store();
    at.dcos.faults.add({ match: { method: 'POST', path: /v2\/apps/ }, answer: 'lose-answer' });
    expect(await at.records.create('shop', 'one', soon())).toMatchObject({ text: 'one' });
  });

  test('that Marathon could not store is refused before it is sent', async () => {
    await using at = await store();
    const long = at.records.create('shop', 'x'.repeat(1_000_000), soon());
    await expect(long).rejects.toMatchObject(failureLike('RECORD_TOO_LONG', /1000000 bytes/));
  });
});
