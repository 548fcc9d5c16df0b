import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../cluster/support/eventually.js';
import { failuresOf, Load, type Sample } from '../../../cluster/support/load.js';
import { ask } from '../../../cluster/support/request.js';
import { expectEnd, found, type Inputs } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { liveBlue } from '../shop.js';
import { KubernetesStage } from '../stage.js';

const TERM_MS = 2_000;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Routes as people have them before they use this tool: all of it goes to the one Service. */
const ROUTES = {
  'httproute/shop': {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'shop' },
    spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }] },
  },
  'ingress/shop': {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop' },
    spec: { defaultBackend: { service: { name: 'shop', port: { number: 80 } } } },
  },
  'virtualservice/shop': {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'shop' },
    spec: { hosts: ['shop.example'], http: [{ route: [{ destination: { host: 'shop' } }] }] },
  },
} as const;

type Route = keyof typeof ROUTES;

/** Users come in by the route; the configuration is a file with these lines beside the routes. */
async function staged(ground: KubernetesGround, routes: readonly (Route | 'service/shop')[], lines = '') {
  const behind = routes.filter((route): route is Route => route in ROUTES);
  const objects = [...liveBlue(ground.image), ...behind.map(route => ROUTES[route])];
  const stage = await KubernetesStage.open(ground, { objects });
  stage.write('cutover.yml', `targets: [{ routes: [${routes.join(', ')}] }]\nlock: { term: ${TERM_MS}ms }\n${lines}`);
  const front = await eventually('a front of the route', 10, async () => {
    try {
      return found(ground.frontUrl?.(stage.namespace, behind[0] ?? ''));
    } catch (thrown) {
      return { not: thrown };
    }
  });
  stage.url = front;
  await eventually(`${front} to answer`, 10, async () => found((await ask(front, false, 500)).version));
  return stage;
}

/** The route is said in the file, not by an input. */
const BY_FILE: Inputs = { service: '', config: 'cutover.yml' };
const WEIGHTS = { method: 'PATCH', path: /httproutes\/shop(\?|$)/ };

async function weightsOf(stage: KubernetesStage): Promise<Readonly<Record<string, number>>> {
  const refs: readonly { name: string; weight: number }[] = (await stage.get('httproutes/shop'))?.spec.rules[0]
    .backendRefs;
  return Object.fromEntries(refs.map(({ name, weight }) => [name, weight]));
}

/** Percent of version v2 among the answers that came while `from` of green's shares was the last one written. */
function shareOf(samples: readonly Sample[], from: number, until: number): number {
  const answers = samples.filter(({ at, version }) => version !== undefined && at > from && at < until);
  return (answers.filter(({ version }) => version === 'v2').length / answers.length) * 100;
}

/** What a user gets whose traffic goes through a gateway, an ingress or a mesh. */
export function routes(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe.each(Object.keys(ROUTES) as Route[])('a release behind %s', route => {
    test('moves all users and loses none of their requests, and so does its rollback (P2, P3)', async () => {
      await using stage = await staged(ground, [route]);
      const done = await stage.runUnderLoad({ ...BY_FILE, teardown: 'keep' });
      expectEnd(done, { result: 'succeeded', live: 'shop-green', previous: 'shop-blue' });
      expect((await ask(stage.url, false, 500)).version).toBe('v2');
      const back = await stage.runUnderLoad({ ...BY_FILE, verb: 'rollback' });
      expectEnd(back, { result: 'succeeded', live: 'shop-blue' });
      expect((await ask(stage.url, false, 500)).version).toBe('v1');
    });
  });

  describe('a switch in steps', () => {
    const STEPS = 'switch: { mode: steps, steps: [10, 50, 100], hold: 1s';

    test('gives green its share of the requests at each step, and loses none', async () => {
      await using stage = await staged(ground, ['httproute/shop'], `${STEPS} }\n`);
      const times: number[] = [];
      for (let step = 0; step < 3; step++) {
        stage.gateway.moments.push({
          ...WEIGHTS,
          after: async () => void times.push(performance.now()),
        });
      }
      const done = await stage.runUnderLoad(BY_FILE);
      expectEnd(done, { result: 'succeeded', live: 'shop-green' });
      const [ten = 0, fifty = 0, all = 0] = times;
      const settle = 300; // what the gateway takes to follow
      expect(Math.abs(shareOf(done.samples, ten + settle, fifty) - 10)).toBeLessThan(4);
      expect(Math.abs(shareOf(done.samples, fifty + settle, all) - 50)).toBeLessThan(6);
      expect(shareOf(done.samples, all + settle, Number.POSITIVE_INFINITY)).toBe(100);
      expect(done.run.log).toContain('shop-green got 10 % of the traffic, and shop-blue the rest,');
    });

    test('is taken back whole when a check fails at 50 %', async () => {
      const checks = 'checks: [{ command: { run: sh ./once.sh } }] }\n';
      await using stage = await staged(ground, ['httproute/shop'], `${STEPS}, ${checks}`);
      stage.write('once.sh', 'test ! -e seen && touch seen\n');
      const done = await stage.runUnderLoad(BY_FILE);
      expectEnd(done, { result: 'rolled-back', live: 'shop-blue' });
      expect(await weightsOf(stage)).toEqual({ shop: 1 });
      expect(await stage.slots()).toEqual(['shop-blue']);
      const shares = done.run.requests.filter(({ method, path }) => WEIGHTS.path.test(path) && method === 'PATCH');
      expect(shares).toHaveLength(3);
    });

    test.each([
      ['goes on', {}, 'shop-green'],
      ['is taken back by one verb', { verb: 'rollback' }, 'shop-blue'],
    ])('whose runner died at 50 %% %s (P6)', async (_, verb, live) => {
      await using stage = await staged(ground, ['httproute/shop'], `${STEPS} }\n`);
      const load = new Load(stage.url, { fresh: 4, kept: 4 });
      stage.gateway.moments.push({ ...WEIGHTS }); // the first step passes
      await stage.stopAt('SIGKILL', WEIGHTS, BY_FILE);
      expect(await weightsOf(stage)).toEqual({ shop: 50, 'shop-green': 50 });
      await pause(TERM_MS);
      expectEnd({ run: await stage.run({ ...BY_FILE, ...verb }) }, { result: 'succeeded', live });
      expect(failuresOf(await load.stop())).toEqual({});
    });
  });

  describe('a target with a Service and an HTTPRoute', () => {
    test('is switched as one', async () => {
      await using stage = await staged(ground, ['service/shop', 'httproute/shop']);
      expectEnd(await stage.runUnderLoad(BY_FILE), { result: 'succeeded', live: 'shop-green' });
      expect(await stage.selected()).toBe('shop-green');
      expect(await weightsOf(stage)).toEqual({ shop: 0, 'shop-green': 1 });
    });

    test('is put back as one when the second write cannot be made (P15)', async () => {
      await using stage = await staged(ground, ['service/shop', 'httproute/shop']);
      const before = async () => {
        const operation = {
          op: 'add',
          path: '/spec/rules/0/backendRefs/-',
          value: { name: 'other', port: 80, weight: 0 },
        };
        await stage.api.patch(stage.path('httproutes/shop'), [operation]);
      };
      stage.gateway.moments.push({ ...WEIGHTS, before });
      const done = await stage.runUnderLoad(BY_FILE);
      expectEnd({ run: done.run }, { result: 'rolled-back', live: 'shop-blue' });
      expect(done.run.log).toContain('was changed by somebody else');
      expect(await stage.selected()).toBe('shop-blue');
      expect((await ask(stage.url, false, 500)).version).toBe('v1');
      expect(failuresOf(done.samples)).toEqual({});
    });
  });
}
