import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { expectEnd } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { type Labels, manifest, service, workload } from '../shop.js';
import { KubernetesStage } from '../stage.js';

interface Before {
  readonly selector: Labels;
  readonly pods: Labels;
  readonly manifest: Labels;
}

const CASES: readonly [string, Before][] = [
  [
    'with one plain label that green would share',
    { selector: { app: 'shop' }, pods: { app: 'shop' }, manifest: { app: 'shop' } },
  ],
  [
    'with a version label that differs by itself, as in the walk-through',
    {
      selector: { app: 'shop', version: 'v1' },
      pods: { app: 'shop', version: 'v1' },
      manifest: { app: 'shop', version: 'v2' },
    },
  ],
  [
    'with labels that the manifest does not know',
    { selector: { tier: 'web' }, pods: { tier: 'web', team: 'checkout' }, manifest: { app: 'shop' } },
  ],
];

/** What a user gets whose application was there before this tool. */
export function adoption(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('an application that was there before', () => {
    test.each(CASES)('%s is adopted with no empty and no mixed moment, and goes back (P2, P3)', async (_, before) => {
      const { image } = ground;
      const blue = workload({ image, name: 'shop-blue', labels: before.pods });
      await using stage = await KubernetesStage.open(ground, { objects: [service(before.selector), blue] });
      stage.write('k8s/shop.yaml', manifest({ image, labels: before.manifest }));
      const end = { result: 'succeeded', live: 'shop-green', previous: 'shop-blue' };
      expectEnd(await stage.runUnderLoad(), end);
      await stage.expectRouting('shop-blue', 'shop-green');
      expectEnd(await stage.runUnderLoad({ version: 'v3' }), { result: 'succeeded', live: 'shop-blue' });
      await stage.expectRouting('shop-blue', 'shop-green', 'shop-blue');
    });
  });
}
