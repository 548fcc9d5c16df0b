import { afterEach, describe, expect, test } from '@jest/globals';
import { DataPlane, type Destination, type HttpRouter, type Rule } from '../../../src/embedded/dataplane/index.js';
import { askOnce, Load, sleep } from '../load.js';

const plane = new DataPlane();
afterEach(() => plane.close());

async function destination(slot: string, weight: number): Promise<Destination> {
  const { ports } = await plane.startInstance({ app: 'shop', slot, version: slot, instance: slot });
  const [port = 0] = ports;
  return { weight, backends: [{ id: slot, port }] };
}

const rule = (...destinations: readonly Destination[]): Rule => ({ matches: () => true, destinations, empty: 500 });

async function routed(...rules: readonly Rule[]): Promise<HttpRouter> {
  const router = await plane.startHttpRouter();
  router.setRules(rules);
  await sleep(5);
  return router;
}

describe('a router of requests', () => {
  test('gives each destination its share, exactly', async () => {
    const router = await routed(rule(await destination('blue', 90), await destination('green', 10)));
    for (let asked = 0; asked < 100; asked++) await askOnce(router.url);
    expect(Object.fromEntries(router.answers)).toEqual({ blue: 90, green: 10 });
  });

  test('lets a connection that is kept follow its rules, and loses none of its requests', async () => {
    const [blue, green] = [await destination('blue', 1), await destination('green', 1)];
    const router = await routed(rule(blue));
    const load = new Load(router.url, { keepAlive: 3 });
    await sleep(50);
    router.setRules([rule(green)]);
    await sleep(20);
    const before = router.answers.get('blue');
    await sleep(50);
    const { failures, bySlot } = await load.stop();
    expect(failures).toEqual(new Map());
    expect(bySlot.get('green')).toBeGreaterThan(0);
    expect(router.answers.get('blue')).toBe(before);
  });

  test('answers for itself where nothing can', async () => {
    const none = { weight: 1, backends: [] };
    const answers = [
      await routed(),
      await routed(rule({ weight: 0, backends: [] })),
      await routed(rule(none)),
      await routed(rule({ ...none, refusal: 500 })),
      await routed(rule({ weight: 1, backends: [{ id: 'gone', port: 1 }] })),
    ].map(({ url }) => askOnce(url));
    expect(await Promise.all(answers)).toEqual([404, 500, 503, 500, 502]);
  });
});
