import { describe, expect, test } from '@jest/globals';
import {
  deployment,
  failureLike,
  type House,
  planFor,
  service,
  shop,
  soon,
  startHouse,
  untilReady,
  yaml,
} from './support.js';

const TARGET = shop();
const LABELS = { app: 'shop', 'cutover/slot': 'shop-blue' };
const ANSWERS = JSON.stringify({
  '/login': { status: 302, headers: { location: '/home?x=1' }, body: 'moved' },
  '/away': { status: 302, headers: { location: 'https://elsewhere.example/api/v1/x' }, body: 'moved' },
  '/busy': { status: 503, json: { error: 'warming up' } },
});

async function deployed(more: { readonly service?: object } = {}): Promise<House> {
  const green = deployment({
    version: 'v2',
    replicas: 3,
    templateAnnotations: { 'embedded.cutover/answers': ANSWERS },
  });
  const house = await startHouse({ 'shop.yaml': yaml(green) });
  await house.kube.apply([
    deployment({ name: 'shop-blue', labels: LABELS, replicas: 3 }),
    service(LABELS, 'shop', more.service),
  ]);
  await house.kube.settled();
  const plan = await planFor(house.platform, TARGET, 'v2');
  await house.platform.deploy(TARGET, plan, soon());
  await untilReady(house.platform, TARGET, plan);
  return house;
}

describe('a slot in private', () => {
  test('answers from each of its ready pods in turn, before it has any live traffic', async () => {
    await using house = await deployed();
    await using green = await house.platform.preview(TARGET, 'shop-green', soon());
    expect(green.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(green.description).toBe('the ready pods of shop-green, through the API server');
    const seen = new Set<string>();
    for (let turn = 0; turn < 3; turn++) {
      const answer = (await (await fetch(`${green.url}/healthz?deep=1`)).json()) as Record<string, string>;
      expect(answer).toMatchObject({ slot: 'shop-green', version: 'v2' });
      expect(answer.path).toMatch(/^\/healthz/);
      seen.add(String(answer.instance));
    }
    expect(seen.size).toBe(3);
  });

  test('any method and body go through, and redirects stay those of the application', async () => {
    await using house = await deployed();
    await using green = await house.platform.preview(TARGET, 'shop-green', soon());
    const posted = await fetch(`${green.url}/orders`, {
      method: 'POST',
      body: 'x'.repeat(100_000),
      headers: { 'x-own': '1' },
    });
    expect(posted.status).toBe(200);
    const moved = await fetch(`${green.url}/login`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/home?x=1']);
    const away = await fetch(`${green.url}/away`, { redirect: 'manual' });
    expect(away.headers.get('location')).toBe('https://elsewhere.example/api/v1/x');
  });

  test("the application's own 503 is passed on; the API server's is told apart", async () => {
    await using house = await deployed();
    await using green = await house.platform.preview(TARGET, 'shop-green', soon());
    const busy = await fetch(`${green.url}/busy`);
    expect([busy.status, await busy.json()]).toEqual([503, { error: 'warming up' }]);
    expect(busy.headers.get('x-cutover-unreachable')).toBeNull();

    await house.platform.teardown(TARGET, 'shop-green', 'delete', soon());
    const gone = await fetch(`${green.url}/healthz`);
    expect(gone.status === 502 || gone.status === 404).toBe(true);
    if (gone.status === 502) expect(gone.headers.get('x-cutover-unreachable')).toBe('true');
  });

  test('a forbidden proxy is told as that, and not as an answer of the application', async () => {
    await using house = await deployed();
    const token = house.kube.authority.addUser('deployer', [
      { verbs: ['get', 'list'], groups: ['', 'apps'], resources: ['services', 'pods', 'deployments'] },
    ]);
    const platform = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
    await using green = await platform.preview(TARGET, 'shop-green', soon());
    const answer = await fetch(`${green.url}/healthz`);
    expect([answer.status, answer.headers.get('x-cutover-unreachable')]).toEqual([502, 'true']);
    expect(await answer.text()).toMatch(/answered 403 .* cannot get resource "pods\/proxy"/);
  });

  test('needs a ready pod and a port', async () => {
    await using house = await deployed({ service: { ports: [{ port: 80, targetPort: 'grpc' }] } });
    await expect(house.platform.preview(TARGET, 'shop-green', soon())).rejects.toMatchObject(
      failureLike('NO_PREVIEW', /none of its containers declares the port/),
    );
    await house.platform.teardown(TARGET, 'shop-green', 'scale-to-zero', soon());
    await expect(house.platform.preview(TARGET, 'shop-green', soon())).rejects.toMatchObject(
      failureLike('NO_PREVIEW', /none of its pods is ready/),
    );
  });
});

describe('the live route', () => {
  test('is asked through the Service, and follows its endpoints', async () => {
    await using house = await deployed();
    await using live = await house.platform.live(TARGET, soon());
    expect(await (await fetch(`${live?.url}/`)).json()).toMatchObject({ slot: 'shop-blue' });
    const plan = await planFor(house.platform, TARGET, 'v2');
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    await house.platform.confirm(TARGET, plan.next, 'shop-green', soon());
    await house.kube.settled();
    expect(await (await fetch(`${live?.url}/`)).json()).toMatchObject({ slot: 'shop-green' });
  });

  test('is not there when nothing is behind it', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({}), service({ app: 'shop' })) });
    await house.kube.apply([service({ app: 'shop' })]);
    expect(await house.platform.live(TARGET, soon())).toBeUndefined();
  });
});
