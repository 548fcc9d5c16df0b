import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubernetesGround } from '../contract/kubernetes/ground.js';
import { liveBlue } from '../contract/kubernetes/shop.js';
import { KubernetesStage } from '../contract/kubernetes/stage.js';
import { expectEnd, type Inputs } from '../contract/stage.js';
import { Cluster } from './support/cluster.js';
import { GatewayController } from './support/gateway-controller.js';
import { clusterGround } from './support/ground.js';

const cluster = Cluster.connect();
/** Its definitions are there with `--gateway-api`. */
const gatewayApi = (await cluster.get('/apis/gateway.networking.k8s.io/v1')).status === 200;
cluster.close();

/** No controller stands before these routes: what a real server makes of the writes is what is looked at. */
const UNSEEN: Inputs = { service: '', config: 'cutover.yml', 'live-url': '' };

describe('routes that name Services, on a real server', () => {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await clusterGround();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  async function staged(route: object, lines: string): Promise<KubernetesStage> {
    const stage = await KubernetesStage.open(ground, { objects: [...liveBlue(ground.image), route] });
    stage.write('cutover.yml', lines);
    return stage;
  }

  test('an Ingress leads to green after a release, and to blue after the way back', async () => {
    const defaultBackend = { service: { name: 'shop', port: { number: 80 } } };
    const route = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop' },
      spec: { defaultBackend },
    };
    await using stage = await staged(route, 'targets: [{ routes: [ingress/shop] }]\n');
    const backend = async () => (await stage.get('ingresses/shop'))?.spec.defaultBackend.service;
    expectEnd({ run: await stage.run({ ...UNSEEN, teardown: 'keep' }) }, { result: 'succeeded', live: 'shop-green' });
    expect(await backend()).toEqual({ name: 'shop-green', port: { number: 80 } });
    expectEnd({ run: await stage.run({ ...UNSEEN, verb: 'rollback' }) }, { result: 'succeeded', live: 'shop-blue' });
    expect(await backend()).toEqual({ name: 'shop-blue', port: { number: 80 } });
  });

  (gatewayApi ? test : test.skip)(
    'an HTTPRoute gets its weights step by step, each once its gateway has accepted the last',
    async () => {
      const spec = { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }] };
      const route = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'shop' }, spec };
      const lines =
        'targets: [{ routes: [httproute/shop] }]\nswitch: { mode: steps, steps: [10, 50, 100], hold: 500ms }\n';
      await using stage = await staged(route, lines);
      await using controller = new GatewayController(stage);
      const weights = async () => (await stage.get('httproutes/shop'))?.spec.rules[0].backendRefs;
      expectEnd({ run: await stage.run({ ...UNSEEN, teardown: 'keep' }) }, { result: 'succeeded', live: 'shop-green' });
      expect(await weights()).toMatchObject([
        { name: 'shop', weight: 0 },
        { name: 'shop-green', port: 80, weight: 1 },
      ]);
      expect(controller.accepted).toEqual([1, 2, 3, 4]);
      expectEnd({ run: await stage.run({ ...UNSEEN, verb: 'rollback' }) }, { result: 'succeeded', live: 'shop-blue' });
      expect(await weights()).toMatchObject([
        { name: 'shop', weight: 1 },
        { name: 'shop-green', weight: 0 },
      ]);
    },
  );
});
