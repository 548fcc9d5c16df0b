import { describe, expect, test } from '@jest/globals';
import { deployment, failureLike, release, service, shop, soon, startHouse, yaml } from './support.js';

const SHOP = shop();
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'web' } } };
const documents = [deployment({}), service({ app: 'shop' })];

describe('a first release into a namespace that is not there yet', () => {
  test('makes the namespace of the manifest before its record, which lies in it', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(NAMESPACE, ...documents) });
    const platform = await house.another({ targets: [SHOP] });
    expect(await platform.records.create('shop', 'text', soon())).toMatchObject({ text: 'text' });
    expect(house.kube.objects('namespaces', '').find(({ metadata }) => metadata.name === 'shop')).toMatchObject({
      metadata: { labels: { team: 'web', 'cutover/managed': 'true' } },
    });
    await release(platform, SHOP, 'v1');
    expect(await platform.inspect(SHOP, soon())).toMatchObject({ live: 'shop-green' });
  });

  test('is refused before anything is written where nothing says what it is like', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(...documents) });
    await expect(house.platform.inspect(SHOP, soon())).rejects.toMatchObject(
      failureLike('NAMESPACE_NOT_FOUND', /There is no namespace shop/),
    );
  });

  test('says which namespace is missing where the record has no other place', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(...documents) });
    const platform = await house.another({ targets: [SHOP] });
    await expect(platform.records.create('shop', 'text', soon())).rejects.toMatchObject(
      failureLike('NAMESPACE_NOT_FOUND', /There is no namespace shop/),
    );
  });
});
