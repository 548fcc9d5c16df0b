import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { expectEnd } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { type SlotOptions, service, workload } from '../shop.js';
import { KubernetesStage } from '../stage.js';

/** What a slot may be beside one Deployment. */
export function workloads(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  /** A stage with a Service, and a manifest of these objects. */
  async function staged(objects: readonly object[]): Promise<KubernetesStage> {
    const stage = await KubernetesStage.open(ground, { objects: [service({ app: 'shop' })], isServing: false });
    stage.write('k8s/shop.yaml', objects.map(object => dump(object)).join('---\n'));
    return stage;
  }
  /** What a worker has not: a route, and so a live URL. It is asked in private all the same. */
  const worker = { service: 'none', 'live-url': '', identity: '', smoke: '- http: { path: / }' };
  const shop = (options: Partial<SlotOptions> = {}) => workload({ image: ground.image, replicas: 2, ...options });

  describe('a StatefulSet', () => {
    test('is released, and cut over under load without a failed request; peers are those of a slot', async () => {
      const peers = { ...service({ app: 'shop' }), metadata: { name: 'peers' } };
      const headless = { ...peers, spec: { ...peers.spec, clusterIP: 'None' } };
      const set = { ...shop(), kind: 'StatefulSet', spec: { ...shop().spec, serviceName: 'peers' } };
      await using stage = await staged([set, headless]);
      expectEnd(
        { run: await stage.run({ version: 'v1', 'live-url': '' }) },
        { result: 'succeeded', live: 'shop-green' },
      );
      stage.url = await ground.liveUrl(stage.namespace, 'shop');
      expectEnd(await stage.runUnderLoad({ version: 'v2' }), { result: 'succeeded', live: 'shop-blue' });
      expect(await stage.names('statefulsets')).toEqual(['shop-blue']);
      expect(await stage.names('services')).toEqual(['peers-shop-blue', 'shop']);
    });
  });

  describe('several workloads', () => {
    test('are one slot, each with its own settings, and go together', async () => {
      const beside = shop({ name: 'worker', replicas: 1, labels: { app: 'worker' } });
      const [container] = beside.spec.template.spec.containers;
      const reading = { ...container, envFrom: [{ configMapRef: { name: 'settings' } }] };
      const spec = { ...beside.spec.template.spec, containers: [reading] };
      const template = { ...beside.spec.template, spec };
      const settings = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        data: { CURRENCY: 'EUR' },
      };
      await using stage = await staged([shop(), { ...beside, spec: { ...beside.spec, template } }, settings]);
      stage.write(
        'cutover.yml',
        dump({
          targets: [
            {
              name: 'shop',
              slots: { blue: 'shop-blue', green: 'shop-green' },
              routes: ['service/shop'],
              manifest: 'k8s/shop.yaml',
              images: { server: `${ground.image}:\${VERSION}` },
              'per-slot': ['configmaps'],
            },
          ],
        }),
      );
      const inputs = { config: 'cutover.yml', blue: '', green: '', service: '', manifest: '', image: '' };
      const quiet = { ...inputs, 'live-url': '', identity: '', smoke: '' };
      expectEnd({ run: await stage.run({ ...quiet, version: 'v1' }) }, { result: 'succeeded', live: 'shop-green' });
      expect(await stage.names('deployments')).toEqual(['shop-green', 'worker-shop-green']);
      expectEnd({ run: await stage.run({ ...quiet, version: 'v2' }) }, { result: 'succeeded', live: 'shop-blue' });
      expect(await stage.names('deployments')).toEqual(['shop-blue', 'worker-shop-blue']);
      const maps = (await stage.names('configmaps')).filter(name => name.startsWith('settings'));
      expect(maps).toEqual(['settings-shop-blue']);
    });
  });

  describe('connections that are kept alive', () => {
    test('that they may be cut is said before the release, and what blue still held at its end is not guessed', async () => {
      await using stage = await KubernetesStage.openFor(ground);
      const run = await stage.run({ 'report-directory': '' });
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green' });
      const warned = run.log.indexOf('CONNECTIONS_MAY_BE_CUT');
      expect(warned).toBeGreaterThan(0);
      expect(warned).toBeLessThan(run.log.indexOf('deploying shop-green'));
      const { held } = JSON.parse(run.outputs.evidence ?? '{}');
      expect(held).toEqual([
        { target: 'shop', slot: 'shop-blue', operations: null, text: expect.stringMatching(/is not known/) },
      ]);
      expect(run.summary).toMatch(/\| `shop` \| `shop-blue` \| not known \|/);
    });
  });

  describe('workers without a route', () => {
    test('are cut over by their scale, the same version again writes nothing (P10), and they go back', async () => {
      await using stage = await staged([shop()]);
      const inputs = { ...worker, teardown: 'keep' };
      expectEnd({ run: await stage.run({ ...inputs, version: 'v1' }) }, { result: 'succeeded', live: 'shop-green' });
      expectEnd({ run: await stage.run({ ...inputs, version: 'v2' }) }, { result: 'succeeded', live: 'shop-blue' });
      expect(await stage.names('deployments')).toEqual(['shop-blue', 'shop-green']);
      const again = await stage.run({ ...inputs, version: 'v2' });
      expectEnd({ run: again }, { result: 'unchanged', live: 'shop-blue' });
      expect(again.requests.filter(request => stage.isWrite(request))).toEqual([]);
      const back = await stage.run({ ...inputs, version: 'v2', verb: 'rollback' });
      expectEnd({ run: back }, { result: 'succeeded', live: 'shop-green' });
    });

    test('that fail are taken away, and blue works on', async () => {
      await using stage = await staged([shop()]);
      const inputs = { ...worker, 'ready-timeout': '6s' };
      expectEnd({ run: await stage.run({ ...inputs, version: 'v1' }) }, { result: 'succeeded', live: 'shop-green' });
      expectEnd({ run: await stage.run({ ...inputs, version: 'v2-crash' }) }, { result: 'failed', live: 'shop-green' });
      expect(await stage.names('deployments')).toEqual(['shop-green']);
    });
  });
}
