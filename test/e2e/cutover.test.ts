import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nodes } from './nodes.js';
import { GREEN_VERSION, NAMESPACE, openStage, type Stage } from './stage.js';

function deployments(stage: Stage): readonly string[] {
  return stage.platform.objects('Deployment', NAMESPACE).map(object => object.metadata.name);
}

describe.each(nodes())('the bundle on Node $version', ({ path }) => {
  test('cuts a live shop over, and says so in outputs, files and the summary', async () => {
    await using stage = await openStage();
    const { exitCode, outputs, summary } = await stage.run({}, path);
    expect({ exitCode, result: outputs.result }).toEqual({ exitCode: 0, result: 'succeeded' });
    expect(outputs).toMatchObject({ live: 'shop-green', previous: 'shop-blue', version: GREEN_VERSION });
    expect(Date.parse(outputs['switched-at'] ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(deployments(stage)).toEqual(['shop-green']);
    expect(summary).toContain('shop-green');
    const result = JSON.parse(readFileSync(join(stage.workspace, 'reports/result.json'), 'utf8'));
    expect(result).toMatchObject({ result: 'succeeded', exitCode: 0, live: 'shop-green', previous: 'shop-blue' });
    expect(stage.platform.unknownRequests).toEqual([]);
  });
});

describe('release after release', () => {
  test('alternates between the slots, and the same version again writes nothing (P10)', async () => {
    await using stage = await openStage();
    const lives = [];
    for (const version of ['2.0.0', '3.0.0']) {
      const { outputs } = await stage.run({ version, image: `registry.example/shop:${version}` });
      lives.push(outputs.live);
    }
    expect(lives).toEqual(['shop-green', 'shop-blue']);
    const writes = stage.platform.requests.mutating.length;
    const again = await stage.run({ version: '3.0.0', image: 'registry.example/shop:3.0.0' });
    expect(again.outputs).toMatchObject({ result: 'unchanged', live: 'shop-blue' });
    expect(stage.platform.requests.mutating).toHaveLength(writes);
  });

  test('loses no request under load, and no route is ever empty or mixed (P2, P3)', async () => {
    await using stage = await openStage();
    const { run, load } = await stage.runUnderLoad({ bake: '2s' });
    expect(run.outputs.result).toBe('succeeded');
    expect(load).toMatchObject({ failed: 0, errors: [] });
    expect(load.bySlot['shop-blue']).toBeGreaterThan(100);
    expect(load.bySlot['shop-green']).toBeGreaterThan(100);
    const moments = stage.platform.routing(NAMESPACE, 'shop').map(moment => moment.slots.join('+'));
    const served = moments.slice(moments.indexOf('shop-blue'));
    expect(new Set(served)).toEqual(new Set(['shop-blue', 'shop-green']));
  });

  test('overlaps both slots where it is told to, and loses no request', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', 'switch: { mode: overlap, hold: 1s }\n');
    const { run, load } = await stage.runUnderLoad({ config: 'cutover.yml', bake: '1s' });
    expect(run.outputs.result).toBe('succeeded');
    expect(load).toMatchObject({ failed: 0, errors: [] });
    const moments = stage.platform.routing(NAMESPACE, 'shop').map(moment => [...moment.slots].sort().join('+'));
    const changes = moments.filter((one, index) => one !== moments[index - 1]);
    expect(changes.slice(changes.indexOf('shop-blue'))).toEqual(['shop-blue', 'shop-blue+shop-green', 'shop-green']);
    expect(run.log).toContain('shop-blue and shop-green both got traffic for');
    expect(run.log).toContain('answered 3 times with version');
  });

  test('plans without writing', async () => {
    await using stage = await openStage();
    const writes = stage.platform.requests.mutating.length;
    const { exitCode, log } = await stage.run({ verb: 'plan' });
    expect(exitCode).toBe(0);
    expect(stage.platform.requests.mutating).toHaveLength(writes);
    expect(log).toContain('shop-green');
  });

  test('keeps blue when told to, and goes back by one verb', async () => {
    await using stage = await openStage();
    const kept = await stage.run({ teardown: 'keep' });
    expect(kept.outputs).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(kept.outputs['rollback-command']).toContain('kubectl -n shop patch service shop');
    const back = await stage.run({ verb: 'rollback' });
    expect(back.outputs).toMatchObject({ result: 'succeeded', live: 'shop-blue' });
  });

  test('works in jobs of their own: deploy, switch, teardown', async () => {
    await using stage = await openStage();
    const results = [];
    for (const verb of ['deploy', 'switch', 'teardown']) {
      const { outputs } = await stage.run({ verb });
      results.push([verb, outputs.result, outputs.live]);
    }
    expect(results).toEqual([
      ['deploy', 'waiting', 'shop-blue'],
      ['switch', 'waiting', 'shop-green'],
      ['teardown', 'succeeded', 'shop-green'],
    ]);
    expect(deployments(stage)).toEqual(['shop-green']);
  });
});
