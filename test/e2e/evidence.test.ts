import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resultSchema } from '../../src/report/result-schema.js';
import { GREEN_VERSION, NAMESPACE, openStage, type Stage } from './stage.js';

const resultOf = (stage: Stage) =>
  resultSchema.parse(JSON.parse(readFileSync(join(stage.workspace, 'reports/result.json'), 'utf8')));

const blues = (stage: Stage) => stage.platform.instances(NAMESPACE, { 'cutover/slot': 'shop-blue' });

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 400 && !isSo(); turns++) await pause(25);
}

describe('what was measured', () => {
  test('is how it was before the switch, what moved when, and every second between', async () => {
    await using stage = await openStage();
    const { outputs, summary } = await stage.run({ settle: '1s', bake: '2s' });
    expect(outputs.result).toBe('succeeded');
    const [probe] = resultOf(stage).evidence.probes;
    expect(probe).toMatchObject({ failed: 0, errors: [] });
    expect(probe?.before?.requests).toBeGreaterThan(10);
    expect(probe?.after.requests).toBeGreaterThan(20);
    expect(probe?.requests).toBe((probe?.before?.requests ?? 0) + (probe?.after.requests ?? 0));
    // A connection that was open before stays with blue as long as blue is there: kube-proxy moves none.
    expect(probe?.lastBlueMs).toBeLessThan(1_000);
    expect(probe?.lastBlueKeptMs).toBeGreaterThan(1_500);
    expect(probe?.fullGreenMs).toBeNull();
    expect(probe?.spans.length).toBeGreaterThan(2);
    expect(probe?.spans.at(-1)?.answers).toHaveProperty([GREEN_VERSION]);
    expect(summary).toContain('p95 before → after');
    expect(JSON.parse(outputs.evidence ?? '').probes[0]).not.toHaveProperty('spans');
  });

  test('a live URL that the runner does not reach is a finding, and no crash', async () => {
    await using stage = await openStage();
    const away = { 'live-url': 'http://127.0.0.1:9', 'live-checks': '[]' };
    const failed = await stage.run({ ...away, settle: '500ms' });
    expect(failed.outputs).toMatchObject({ result: 'rolled-back', live: 'shop-blue' });
    expect(resultOf(stage).findings).toContainEqual(expect.objectContaining({ code: 'LIVE_URL_SILENT' }));
    stage.write('cutover.yml', 'bake: { probe: { unreachable: pass } }\n');
    const allowed = await stage.run({ ...away, settle: '500ms', config: 'cutover.yml' });
    expect(allowed.outputs).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(allowed.summary).toContain('LIVE_URL_SILENT');
  });
});

describe('blue with work left', () => {
  const DRAIN = `drain:
  gauge: { path: /metrics, name: pending_operations, labels: { queue: orders } }
  zeros: 2
  interval: 100ms
`;
  const metrics = (stage: Stage, text: string) => {
    for (const blue of blues(stage)) blue.answer('/metrics', { body: text });
  };

  test('is taken away when its gauge says zero, and not before', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', `${DRAIN}  within: 30s\n`);
    metrics(stage, 'pending_operations{queue="orders"} 3\npending_operations{queue="mail"} 1\n');
    const running = stage.run({ config: 'cutover.yml' });
    const isSwitched = () => stage.platform.routing(NAMESPACE, 'shop').at(-1)?.slots.includes('shop-green');
    await until(() => isSwitched() === true);
    await pause(2_000); // the bake takes 300 ms
    expect(blues(stage)).toHaveLength(3);
    metrics(stage, 'pending_operations{queue="orders"} 0\n');
    const { outputs, log } = await running;
    expect(outputs).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(log).toContain('shop-blue has no work left');
    expect(blues(stage)).toHaveLength(0);
  });

  test('that never says zero stays, with green live, and the run says so', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', `${DRAIN}  within: 500ms\n`);
    metrics(stage, 'pending_operations{queue="orders"} NaN\n');
    const { outputs, exitCode, summary } = await stage.run({ config: 'cutover.yml' });
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 6,
      result: 'degraded',
      live: 'shop-green',
    });
    expect(blues(stage)).toHaveLength(3);
    expect(summary).toContain('NOT_DRAINED');
  });
});

describe('checks on green', () => {
  const CHECKS = `- name: green is as fast as blue
  load: { path: /healthz, for: 500ms, connections: 2, p50: "<= 50x blue" }
- name: an order can be made
  suite:
    requests:
      - path: /healthz
        capture: { slot_name: { header: x-app-slot } }
      - path: /products/{{slot_name}}
        expect: { json: { version: "{{version}}" } }
`;

  test('load it side by side with blue, and walk through it, before users come', async () => {
    await using stage = await openStage();
    const { outputs } = await stage.run({ smoke: CHECKS });
    expect(outputs.result).toBe('succeeded');
    const { checks } = resultOf(stage);
    expect(checks.filter(({ step }) => step === 'verify')).toMatchObject([
      { name: 'green is as fast as blue', kind: 'load', verdict: 'pass', reason: expect.stringContaining('; blue: ') },
      { name: 'an order can be made', kind: 'suite', verdict: 'pass', attempts: 2 },
    ]);
  });
});
