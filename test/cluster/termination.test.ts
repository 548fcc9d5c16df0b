import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { image, Playground } from './support/playground.js';

describe('a pod that is deleted ends as on any cluster', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await Playground.create(Cluster.connect());
  });
  afterAll(() => playground.remove());

  test('its preStop sleep passes before the program is told to end', async () => {
    const preStop = { sleep: { seconds: 2 } };
    await run('sleeper', 'v1', { terminationGracePeriodSeconds: 20 }, { lifecycle: { preStop } });
    const begin = performance.now();
    await playground.cluster.remove(playground.core('pods/sleeper'));
    const log = await eventually('the program to be told', 10, async () => {
      const { body } = await playground.cluster.get<string>(playground.core('pods/sleeper/log'));
      return body.includes('told to end') ? { found: body } : { not: body };
    });
    expect(log).toContain('it was told to end and drains');
    expect(performance.now() - begin).toBeGreaterThan(1900);
  });

  test('a program that ignores it is killed when the grace period has passed', async () => {
    await run('stubborn', 'v1-stubborn', { terminationGracePeriodSeconds: 2 }, {});
    const begin = performance.now();
    await playground.cluster.remove(playground.core('pods/stubborn'));
    await eventually('the pod to be gone', 15, async () => {
      const { status } = await playground.cluster.get(playground.core('pods/stubborn'));
      return status === 404 ? { found: true } : { not: status };
    });
    const seconds = (performance.now() - begin) / 1000;
    expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(8);
  });

  /** Starts one pod and waits until it is ready. */
  async function run(name: string, version: string, pod: Partial<V1PodSpec>, container: object): Promise<void> {
    const server = { name: 'server', image: `${image}:${version}`, ports: [{ containerPort: 8080 }], ...container };
    const { status } = await playground.cluster.create(playground.core('pods'), {
      metadata: { name },
      spec: { ...pod, containers: [server] },
    });
    expect(status).toBe(201);
    await eventually(`${name} to be ready`, 20, async () => {
      const { body } = await playground.cluster.get<V1Pod>(playground.core(`pods/${name}`));
      const ready = body.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' ? { found: true } : { not: body.status };
    });
  }
});
