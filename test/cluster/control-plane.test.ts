import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { Playground } from './support/playground.js';
import { ask } from './support/request.js';

describe('the cluster is a real, current Kubernetes', () => {
  let playground: Playground;
  let url: string;

  beforeAll(async () => {
    playground = await Playground.create(Cluster.connect());
    await playground.deploy('blue', 'v1');
    await playground.deploy('green', 'v2', 1);
    await playground.ready('blue');
    await playground.ready('green');
    url = await playground.serve('blue');
  });
  afterAll(() => playground.remove());

  test('its version is 1.34 or newer', async () => {
    const { body } = await playground.cluster.get<{ major: string; minor: string }>('/version');
    expect(Number(body.major)).toBe(1);
    expect(Number.parseInt(body.minor, 10)).toBeGreaterThanOrEqual(34);
  });

  test('a deployment of three has three ready pods with three addresses', async () => {
    const pods = await playground.pods('blue');
    const conditions = pods.map(pod => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    expect(conditions).toEqual(['True', 'True', 'True']);
    expect(new Set(pods.map(pod => pod.status?.podIP)).size).toBe(3);
  });

  test("a service's address is answered by its slot alone, by every pod in turn", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => fetch(url).then(answer => answer.json())));
    const seen = answers as { app: string; slot: string; version: string; instance: string }[];
    expect(new Set(seen.map(({ app, slot, version }) => `${app} ${slot} ${version}`))).toEqual(
      new Set(['shop blue v1']),
    );
    expect(new Set(seen.map(({ instance }) => instance)).size).toBe(3);
  });

  test('when its selector changes, the other slot answers within seconds', async () => {
    expect(await playground.flip('green')).toBe(200);
    await eventually('green to answer', 5, async () => {
      const outcome = await ask(url);
      return outcome.slot === 'green' ? { found: true } : { not: outcome };
    });
  });
});
