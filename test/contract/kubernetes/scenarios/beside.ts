import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectEnd } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { manifest } from '../shop.js';
import { KubernetesStage } from '../stage.js';

/** What becomes of the objects that stand beside a workload in its manifest. */
export function beside(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a manifest with more than a workload', () => {
    test('gives each slot its own autoscaler and disruption budget, and both the same settings', async () => {
      await using stage = await KubernetesStage.open(ground);
      stage.write('k8s/shop.yaml', manifest({ image: ground.image }, true));
      expectEnd(await stage.runUnderLoad(), { result: 'succeeded', live: 'shop-green' });
      expect(await stage.names('horizontalpodautoscalers')).toEqual(['shop-green']);
      expect(await stage.names('poddisruptionbudgets')).toEqual(['shop-green']);
      expect(await stage.names('configmaps')).toContain('shop-settings');
    });
  });
}
