import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectEnd, type Run, sentence } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { BLUE_LABELS, liveBlue, service, workload } from '../shop.js';
import { isWrite, KubernetesStage } from '../stage.js';

/** What a user gets when somebody or something else is in the way, as only Kubernetes has it. */
export function bystanders(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a green that does not come up is removed, and users notice nothing', () => {
    test('it has no image', async () => {
      await using stage = await KubernetesStage.open(ground);
      const done = await stage.runUnderLoad({ version: 'missing-v2', 'ready-timeout': '5s' });
      expectEnd(done, { result: 'failed', live: 'shop-blue' });
      expect(sentence(done.run)).toMatch(/shop-green.*image/is);
      await expectOnlyBlue(stage);
    });

    test('a quota leaves no room for two colours', async () => {
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'small' },
        spec: { hard: { pods: '4' } },
      };
      await using stage = await KubernetesStage.open(ground, { objects: [quota, ...liveBlue(ground.image)] });
      const { run } = await stage.runUnderLoad({ 'ready-timeout': '5s' });
      expect(run.exitCode).not.toBe(0);
      expect(sentence(run)).toContain('quota');
      await expectOnlyBlue(stage);
    });
  });

  describe('somebody else', () => {
    test('who touches the Service right before the switch does not stop it (P4)', async () => {
      await using stage = await KubernetesStage.open(ground);
      const touch = { metadata: { annotations: { 'example.com/seen-by': 'somebody' } } };
      const before = async () => void (await stage.api.merge(stage.path('services/shop'), touch));
      stage.gateway.moments.push({ method: 'PATCH', path: /services\/shop(\?|$)/, before });
      const done = await stage.runUnderLoad();
      expect(stage.gateway.moments).toEqual([]);
      expectEnd(done, { result: 'succeeded', live: 'shop-green' });
      expect((await stage.get('services/shop'))?.metadata.annotations).toMatchObject(touch.metadata.annotations);
    });

    test('who routes elsewhere right before the switch is not overruled (P4)', async () => {
      const other = { app: 'shop', 'cutover/slot': 'shop-other' };
      const objects = [...liveBlue(ground.image), workload({ image: ground.image, name: 'shop-other', labels: other })];
      await using stage = await KubernetesStage.open(ground, { objects });
      const operations = [{ op: 'replace', path: '/spec/selector', value: other }];
      const before = async () => void (await stage.api.patch(stage.path('services/shop'), operations));
      stage.gateway.moments.push({ method: 'PATCH', path: /services\/shop(\?|$)/, before });
      const run = await stage.run();
      expect(stage.gateway.moments).toEqual([]);
      expect(run.exitCode).not.toBe(0);
      expect((await stage.get('services/shop'))?.spec.selector).toEqual(other);
      await stage.expectRouting('shop-blue', 'shop-other');
    });

    test('whose pod stands in the selection is no slot of ours: refused, nothing written', async () => {
      const stranger = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'stranger', labels: BLUE_LABELS },
        spec: workload({ image: ground.image }).spec.template.spec,
      };
      // The workload's own selector is wider than one label, or it would adopt the pod.
      const blue = workload({ image: ground.image, name: 'shop-blue', labels: { ...BLUE_LABELS, own: 'yes' } });
      await using stage = await KubernetesStage.open(ground, { objects: [service(BLUE_LABELS), blue, stranger] });
      expectRefused(await stage.run(), /stranger/);
    });

    test('whose workload stands in the selection, too, is no slot of ours: refused, nothing written', async () => {
      const both = ['shop-blue', 'shop-green'].map(name =>
        workload({ image: ground.image, name, labels: { app: 'shop', colour: name } }),
      );
      await using stage = await KubernetesStage.open(ground, { objects: [service({ app: 'shop' }), ...both] });
      expectRefused(await stage.run(), /MIXED_SELECTOR/);
    });
  });
}

/** Nothing of the release is left, and users never left blue. */
async function expectOnlyBlue(stage: KubernetesStage): Promise<void> {
  await stage.expectRouting('shop-blue');
  expect(await stage.names('deployments')).toEqual(['shop-blue']);
}

function expectRefused(run: Run, words: RegExp): void {
  expectEnd({ run }, { result: 'refused' });
  expect(run.log).toMatch(words);
  expect(run.requests.filter(isWrite)).toEqual([]);
}
