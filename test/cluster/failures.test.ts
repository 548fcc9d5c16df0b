import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1ContainerStatus } from '@kubernetes/client-node';
import { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { Playground } from './support/playground.js';

describe('a version that does not come up shows the same reasons as on any cluster', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await Playground.create(Cluster.connect());
    await Promise.all(
      ['missing', 'v2-crash', 'v2-unready', 'v2-unhealthy'].map(version => playground.deploy(version, version, 1)),
    );
  });
  afterAll(() => playground.remove());

  test('one that crashes is restarted, and waits with CrashLoopBackOff', async () => {
    const status = await container('v2-crash', ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff');
    expect(status.restartCount).toBeGreaterThanOrEqual(1);
    expect(status.state?.waiting?.message).toMatch(/^back-off \d+s restarting failed container=server/);
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
  });

  test('one whose image does not exist waits with ErrImagePull, then ImagePullBackOff', async () => {
    const first = await container('missing', ({ state }) => state?.waiting?.reason === 'ErrImagePull');
    expect(first.state?.waiting?.message).toMatch(/cutover.test\/server:missing: not found$/);
    const later = await container('missing', ({ state }) => state?.waiting?.reason === 'ImagePullBackOff');
    expect(later.state?.waiting?.message).toMatch(/^Back-off pulling image "cutover.test\/server:missing"/);
  });

  test('one that is never ready runs, and is not ready', async () => {
    const status = await container('v2-unready', ({ state }) => state?.running !== undefined);
    expect(status).toMatchObject({ ready: false, started: true, restartCount: 0 });
  });

  test('one that fails its liveness probe is restarted', async () => {
    const status = await container('v2-unhealthy', ({ restartCount }) => restartCount > 0);
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  /** Waits until the only container of a slot is as expected. */
  function container(slot: string, expected: (status: V1ContainerStatus) => boolean): Promise<V1ContainerStatus> {
    return eventually(`the container of ${slot}`, 40, async () => {
      const status = (await playground.pods(slot))[0]?.status?.containerStatuses?.[0];
      return status !== undefined && expected(status) ? { found: status } : { not: status };
    });
  }
});
