import { describe, expect, test } from '@jest/globals';
import type { Readiness } from '../../../src/release/model.js';
import { deployment, type House, planFor, service, shop, soon, startHouse, yaml } from './support.js';

const TARGET = shop();
const LABELS = { app: 'shop', 'cutover/slot': 'shop-blue' };

interface Asked {
  readonly annotations?: Record<string, string>;
  readonly speed?: number;
  readonly replicas?: number;
}

/** Blue live, green just deployed from a template with these annotations. */
async function deployed({ annotations = {}, speed = 1, replicas = 2 }: Asked = {}): Promise<House> {
  const green = deployment({ version: 'v2', templateAnnotations: annotations });
  const house = await startHouse({ 'shop.yaml': yaml(green) }, { speed });
  await house.kube.apply([deployment({ name: 'shop-blue', labels: LABELS, replicas }), service(LABELS)]);
  await house.kube.settled();
  const plan = await planFor(house.platform, TARGET, 'v2');
  await house.platform.deploy(TARGET, plan, soon());
  return house;
}

/** All states until one is wanted. */
async function states(
  { platform }: House,
  until: (state: Readiness) => boolean,
  wanted: { readonly size: number; readonly version: string | undefined } = { size: 2, version: 'v2' },
): Promise<readonly Readiness[]> {
  const seen: Readiness[] = [];
  for await (const state of platform.readiness(TARGET, 'shop-green', wanted, soon())) {
    seen.push(state);
    if (until(state)) return seen;
  }
  return seen;
}

describe('how ready a slot is', () => {
  test('is told at once and with each change, and complete only when all of it is there', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/ready-after': '60ms' } });
    const seen = await states(house, state => state.complete);
    expect(seen[0]).toMatchObject({ wanted: 2, ready: 0, complete: false, hopeless: undefined });
    expect(seen.slice(0, -1).every(state => !state.complete)).toBe(true);
    expect(seen.at(-1)).toEqual({ wanted: 2, ready: 2, complete: true, text: '2/2 ready', hopeless: undefined });
  });

  test('costs one request when the Deployment says that all is there', async () => {
    await using house = await deployed();
    await states(house, state => state.complete);
    const before = house.kube.requests.all.length;
    expect(await states(house, () => true)).toEqual([
      { wanted: 2, ready: 2, complete: true, text: '2/2 ready', hopeless: undefined },
    ]);
    expect(house.kube.requests.all.length - before).toBe(1);
  });

  test('that was complete and is not any more is told', async () => {
    await using house = await deployed();
    await states(house, state => state.complete);
    const seen: boolean[] = [];
    for await (const state of house.platform.readiness(TARGET, 'shop-green', { size: 2, version: 'v2' }, soon())) {
      seen.push(state.complete);
      if (seen.length === 1) house.kube.instances('shop', { 'cutover/slot': 'shop-green' })[0]?.kill();
      if (!state.complete) break;
    }
    expect([seen[0], seen.at(-1)]).toEqual([true, false]);
  });

  test('is followed by the Deployment alone while all goes well, and by its pods once it takes long', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'never-ready' }, speed: 10 });
    const kindsAsked = () =>
      new Set(house.kube.requests.all.slice(before).map(({ path }) => /\/(\w+)\?/.exec(path)?.[1] ?? ''));
    const before = house.kube.requests.all.length;
    await states(house, () => true);
    expect([...kindsAsked()]).toEqual(['deployments']);
    await states(house, ({ text }) => /running but not ready/.test(text));
    expect([...kindsAsked()]).toEqual(['deployments', 'pods']);
  });

  test('ends at once when the caller goes while it waits', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'never-ready' } });
    const wanted = { size: 2, version: 'v2' };
    const iterator = house.platform.readiness(TARGET, 'shop-green', wanted, soon())[Symbol.asyncIterator]();
    await iterator.next();
    let pending = iterator.next();
    for (let turn = 0; turn < 3; turn++) {
      const winner = await Promise.race([pending, new Promise(resolve => setTimeout(() => resolve('waiting'), 100))]);
      if (winner === 'waiting') break;
      pending = iterator.next();
    }
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  test('is not complete with another version, nor with fewer pods than wanted', async () => {
    await using house = await deployed();
    await house.kube.settled();
    const [other] = await states(house, () => true, { size: 2, version: 'v3' });
    expect(other).toMatchObject({
      ready: 0,
      complete: false,
      text: '0/2 ready, 2 of another version',
    });
    const [more] = await states(house, () => true, { size: 3, version: 'v2' });
    expect(more).toMatchObject({ ready: 2, complete: false, text: '2/3 ready, only 2 asked for' });
    const [any] = await states(house, () => true, { size: 2, version: undefined });
    expect(any).toMatchObject({ ready: 2, complete: true });
  });

  test('a slot that does not exist says so', async () => {
    await using house = await deployed();
    await house.platform.teardown(TARGET, 'shop-green', 'delete', soon());
    const [state] = await states(house, () => true);
    expect(state).toMatchObject({ complete: false, text: '0/2 ready, Deployment shop-green does not exist' });
  });

  test('is followed through watches that the server closes, and those that are too old', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/ready-after': '900ms' }, speed: 20 });
    const { kube } = house;
    const expired = { type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired' } };
    const line = `${JSON.stringify(expired)}\n`;
    kube.faults.add({
      match: { path: /pods\?.*watch/ },
      answer: { status: 200, body: line, headers: { 'content-type': 'application/json' } },
    });
    kube.faults.add({ match: { path: /pods\?.*watch/ }, answer: 'reset' });
    kube.faults.add({
      match: { path: /deployments\?.*watch/ },
      answer: { status: 410, body: { kind: 'Status', code: 410 } },
    });
    kube.faults.add({
      match: { path: /deployments\?.*watch/ },
      answer: { status: 429, body: { kind: 'Status', code: 429 } },
    });
    const seen = await states(house, state => state.complete);
    expect(seen.at(-1)?.complete).toBe(true);
    expect(kube.faults.unused).toEqual([]);
  });

  test('never goes on blindly: a watch that is forbidden ends the wait', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'never-ready' }, speed: 10 });
    const body = { kind: 'Status', apiVersion: 'v1', code: 403, message: 'no' };
    house.kube.faults.add({ match: { path: /pods\?.*watch/ }, answer: { status: 403, body } });
    await expect(states(house, state => state.complete)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      hint: expect.stringContaining('{apiGroups: [""], resources: ["pods"], verbs: ["watch"]}'),
    });
  });

  test('a server that keeps failing a watch ends the wait, too', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'never-ready' }, speed: 100 });
    house.kube.faults.add({ match: { path: /pods\?.*watch/ }, answer: 'reset', times: Number.POSITIVE_INFINITY });
    await expect(states(house, state => state.complete)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('why waiting will not help', () => {
  const hopeless = (state: Readiness) => state.hopeless !== undefined;

  test('an image that does not exist, once it has been so for ten seconds', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'image-pull-error' }, speed: 50 });
    const seen = await states(house, hopeless);
    expect(seen.some(state => state.hopeless === undefined && /ImagePull/.test(state.text))).toBe(true);
    expect(seen.at(-1)?.hopeless).toMatch(
      /^container web of pod shop-green-\S+ cannot get its image \((ErrImagePull|ImagePullBackOff): .*, for 1\d s$/,
    );
  });

  test('a container that crashes, with its exit code and its last lines', async () => {
    await using house = await deployed({ annotations: { 'embedded.cutover/start': 'crash' }, speed: 10 });
    const seen = await states(house, hopeless);
    expect(seen.at(-1)?.hopeless).toMatch(
      /^container web of pod shop-green-\S+ keeps crashing: \d restarts, last with exit code 1.*; its last lines: "/,
    );
  });

  test('a quota that leaves no room', async () => {
    const house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) }, { speed: 50 });
    await using _ = house;
    await house.kube.apply([
      deployment({ name: 'shop-blue', labels: LABELS }),
      service(LABELS),
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'room', namespace: 'shop' },
        spec: { hard: { pods: '3' } },
      },
    ]);
    await house.kube.settled();
    await house.platform.deploy(TARGET, await planFor(house.platform, TARGET, 'v2'), soon());
    const seen = await states(house, hopeless);
    expect(seen.at(-1)?.hopeless).toMatch(/^pods cannot be created \(FailedCreate: .*exceeded quota.*\), for 1\d s$/);
  });
});
