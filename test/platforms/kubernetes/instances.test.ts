import { describe, expect, test } from '@jest/globals';
import { deployment, type House, service, shop, soon, startHouse, yaml } from './support.js';

const TARGET = shop();
const LABELS = { app: 'shop', 'cutover/slot': 'shop-blue' };
const GAUGE = { path: '/metrics', port: undefined };

async function houseWith(answers: object): Promise<House> {
  const house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
  const templateAnnotations = { 'embedded.cutover/answers': JSON.stringify(answers) };
  await house.kube.apply([
    deployment({ name: 'shop-blue', labels: LABELS, replicas: 2, templateAnnotations }),
    service(LABELS, 'shop'),
  ]);
  await house.kube.settled();
  return house;
}

describe('asking each instance of a slot', () => {
  test('reaches every pod by itself, through the API server', async () => {
    await using house = await houseWith({ '/metrics': { body: 'pending_operations 2\n' } });
    const answers = await house.platform.ask(TARGET, 'shop-blue', GAUGE, soon());
    expect(answers.map(({ answer }) => answer)).toEqual(Array(2).fill({ text: 'pending_operations 2\n' }));
    expect(new Set(answers.map(({ instance }) => instance)).size).toBe(2);
    expect(new Set(answers.map(({ life }) => life)).size).toBe(2);
    expect(house.kube.unknownRequests).toEqual([]);
  });

  test('says of a pod that gives no good answer that it gave none', async () => {
    await using house = await houseWith({ '/metrics': { status: 404 } });
    const answers = await house.platform.ask(TARGET, 'shop-blue', GAUGE, soon());
    expect(answers.map(({ answer }) => answer)).toEqual(Array(2).fill({ problem: expect.any(String) }));
  });

  test('says the same of a port where nobody listens', async () => {
    await using house = await houseWith({ '/metrics': { body: 'pending_operations 2\n' } });
    const [first] = await house.platform.ask(TARGET, 'shop-blue', { ...GAUGE, port: 9 }, soon());
    expect(first?.answer).toEqual({ problem: expect.any(String) });
  }, 15_000);
});
