import { describe, expect, test } from '@jest/globals';
import { CLUSTER, MANIFEST } from '../../src/rehearse/demo-shop.js';
import { NAMESPACE, openStage, type Stage } from './stage.js';

/** Without the check of the app's name: an adoption may change the label that the embedded platform takes it from. */
const SMOKE = '- http: { path: /healthz, expect: { status: 200, version: true } }';

/** Each selection that users met, in order, each once. */
function history(stage: Stage): readonly string[] {
  const slots = stage.platform.routing(NAMESPACE, 'shop').map(moment => moment.slots.join('+'));
  const first = slots.findIndex(slot => slot !== '');
  return (first < 0 ? [] : slots.slice(first)).filter((slot, index, all) => slot !== all[index - 1]);
}

/** The same cluster as its owners would have made it, without this tool. */
const foreign = CLUSTER.replaceAll('cutover/slot: shop-blue', 'tier: web').replaceAll(
  /^ *(annotations|labels): \{ cutover\/.*\n/gm,
  '',
);

describe('an application that was there before', () => {
  const cases: readonly [string, string, string][] = [
    [
      'with one plain label that green would share',
      foreign.replaceAll(', tier: web', '').replaceAll('{ tier: web }', '{ app: shop }'),
      MANIFEST,
    ],
    [
      'with a version label that differs by itself, as in the walk-through',
      foreign
        .replace('{ app: shop, tier: web }\n  ports', '{ app: shop }\n  ports')
        .replaceAll('tier: web', 'version: v1'),
      MANIFEST.replaceAll('{ app: shop }', '{ app: shop, version: v2 }'),
    ],
    ['with labels that the manifest does not know', foreign, MANIFEST],
  ];
  test.each(cases)('%s is adopted with no empty and no mixed moment (P2, P3)', async (_, cluster, manifest) => {
    await using stage = await openStage({}, cluster);
    stage.write('k8s/shop.yaml', manifest);
    const { run, load } = await stage.runUnderLoad({ smoke: SMOKE });
    expect(run.outputs).toMatchObject({ result: 'succeeded', live: 'shop-green', previous: 'shop-blue' });
    expect(load).toMatchObject({ failed: 0 });
    expect(history(stage)).toEqual(['shop-blue', 'shop-green']);
    // And back into the slot that it came from.
    const next = await stage.runUnderLoad({ version: '2.0.0', image: 'registry.example/shop:2.0.0', smoke: SMOKE });
    expect(next.run.outputs).toMatchObject({ result: 'succeeded', live: 'shop-blue' });
    expect(next.load).toMatchObject({ failed: 0 });
    expect(history(stage)).toEqual(['shop-blue', 'shop-green', 'shop-blue']);
  });

  test('may have slots with fixed names', async () => {
    await using stage = await openStage({}, foreign.replaceAll('shop-blue', 'shop-v1'));
    const { run, load } = await stage.runUnderLoad({ blue: 'shop-v1', green: 'shop-v2', smoke: SMOKE });
    expect(run.outputs).toMatchObject({ result: 'succeeded', live: 'shop-v2', previous: 'shop-v1' });
    expect(load.failed).toBe(0);
    const next = await stage.run({
      blue: 'shop-v2',
      green: 'shop-v3',
      version: '3.0.0',
      image: 'registry.example/shop:3.0.0',
    });
    expect(next.outputs).toMatchObject({ result: 'succeeded', live: 'shop-v3', previous: 'shop-v2' });
  });

  test('whose Service already mixes two workloads is refused, and said why', async () => {
    const second = CLUSTER.split('---')[2]?.replaceAll('shop-blue', 'shop-green') ?? '';
    const mixed = `${CLUSTER}---${second}`.replace(
      'selector: { app: shop, cutover/slot: shop-blue }',
      'selector: { app: shop }',
    );
    await using stage = await openStage({}, mixed);
    const writes = stage.platform.requests.mutating.length;
    const run = await stage.run();
    expect({ exitCode: run.exitCode, result: run.outputs.result }).toEqual({ exitCode: 3, result: 'refused' });
    expect(run.log).toContain('MIXED_SELECTOR');
    expect(stage.platform.requests.mutating).toHaveLength(writes);
  });
});

describe('the first release', () => {
  const empty = CLUSTER.split('---').slice(0, 2).join('---');

  test('goes live where nothing was, and says that there is nothing to go back to', async () => {
    await using stage = await openStage({}, empty);
    const run = await stage.run();
    expect(run.outputs).toMatchObject({
      result: 'succeeded',
      live: 'shop-green',
      previous: '',
      'rollback-command': '',
    });
    expect(run.log).toContain('nothing to roll back to');
  });

  test('does not meet users before its checks passed, though the Service would match it', async () => {
    await using stage = await openStage({}, empty.replace('{ app: shop, cutover/slot: shop-blue }', '{ app: shop }'));
    const run = await stage.run({ smoke: '- http: { path: /healthz, expect: { status: 204 } }' });
    expect(run.outputs.result).toBe('failed');
    expect(history(stage)).toEqual([]);
  });
});

describe('a blue that is broken already', () => {
  test('does not block the release that fixes it', async () => {
    const broken = CLUSTER.replace(
      'annotations: { cutover/version: 1.4.2 }\n    spec:',
      'annotations: { cutover/version: 1.4.2, embedded.cutover/start: crash }\n    spec:',
    );
    await using stage = await openStage({}, broken);
    const run = await stage.run();
    expect(run.outputs).toMatchObject({ result: 'succeeded', live: 'shop-green', previous: 'shop-blue' });
  });
});
