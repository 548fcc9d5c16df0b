import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { resultSchema } from '../../src/report/result-schema.js';
import { installed, startPrometheus } from '../checks/prometheus-server.js';
import { NAMESPACE, openStage, type Stage } from './stage.js';

const report = (stage: Stage, name: string) => readFileSync(join(stage.workspace, 'reports', name), 'utf8');
const resultOf = (stage: Stage) => resultSchema.parse(JSON.parse(report(stage, 'result.json')));
const instances = (stage: Stage, slot: string) => stage.platform.instances(NAMESPACE, { 'cutover/slot': slot });
const isSwitched = (stage: Stage) =>
  stage.platform.routing(NAMESPACE, 'shop').at(-1)?.slots.includes('shop-green') === true;

async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 800 && !isSo(); turns++) await new Promise(resolve => setTimeout(resolve, 25));
}

const SMOKE_SCRIPT = `mkdir -p out
cat > out/smoke.xml <<END
<testsuite><testcase classname="cart" name="an order is placed on $CUTOVER_SLOT" time="0.2"/></testsuite>
END
`;

const EVERYWHERE = `verify:
  - name: a conversation
    suite:
      requests:
        - { path: /healthz, capture: { who: { header: x-app-slot } } }
        - { path: "/products?from={{who}}", expect: { headers: { x-app-slot: shop-green }, version: true } }
  - load: { path: /products, for: 400ms, connections: 20, rate: 100, p95: "<= 100x blue" }
  - name: smoke
    command: { run: sh smoke.sh, junit: out/*.xml }
switch:
  mode: overlap
  hold: 200ms
  checks:
    - http: { path: /healthz }
bake:
  checks:
    - http: { path: /, expect: { version: true } }
    - load: { path: /products, for: 400ms, connections: 2, p95: "<= 100x blue" }
`;

describe('checks of a release', () => {
  test('are made on green, between the stages, and on live traffic, beside blue', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', EVERYWHERE);
    stage.write('smoke.sh', SMOKE_SCRIPT);
    const { outputs } = await stage.run({ config: 'cutover.yml', smoke: '', 'live-checks': '' });
    expect(outputs.result).toBe('succeeded');
    const { checks } = resultOf(stage);
    const own = checks.filter(({ name }) => !name.startsWith('green answers') && !name.startsWith('live answers'));
    expect(own.map(({ step, kind, verdict }) => `${step} ${kind} ${verdict}`)).toEqual([
      'verify suite pass',
      'verify load pass',
      'verify command pass',
      'switch http pass',
      'bake http pass',
      'bake load pass',
    ]);
    for (const load of own.filter(({ kind }) => kind === 'load')) expect(load.reason).toContain('; blue: ');
    expect(report(stage, 'junit.xml')).toContain('name="an order is placed on shop-green" time="0.200"');
  });

  test('on live traffic bring blue back when green is slower than blue beside it', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', 'bake: { checks: [{ load: { path: /products, for: 500ms, p50: "<= 3x blue" } }] }\n');
    const running = stage.run({ config: 'cutover.yml', 'live-checks': '', bake: '2s' });
    await until(() => isSwitched(stage));
    for (const green of instances(stage, 'shop-green')) green.latencyMs = 2_000;
    const { outputs } = await running;
    expect(outputs).toMatchObject({ result: 'rolled-back', live: 'shop-blue' });
    expect(resultOf(stage).failures[0]).toMatchObject({
      code: 'CHECKS_FAILED',
      step: 'bake',
      message: expect.stringContaining('expected p50 <= 3x blue'),
    });
  });

  test('are not waited for when users get errors while the switch is being confirmed', async () => {
    await using stage = await openStage();
    const running = stage.run({ settle: '1s' });
    await until(() => isSwitched(stage));
    for (const green of instances(stage, 'shop-green')) green.fail();
    const { outputs } = await running;
    expect(outputs).toMatchObject({ result: 'rolled-back', live: 'shop-blue' });
    expect(resultOf(stage).failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'confirm' });
  });
});

(installed ? describe : describe.skip)('a drain by Prometheus (skipped where its package is missing)', () => {
  test('keeps blue until the server that scrapes it counts nothing any more', async () => {
    await using stage = await openStage();
    const blues = instances(stage, 'shop-blue');
    const tell = (pending: number) => {
      for (const blue of blues) blue.answer('/metrics', { body: `pending_operations ${pending}\n` });
    };
    tell(2);
    await using server = await startPrometheus(blues.map(({ port }) => ({ port, labels: { slot: 'shop-blue' } })));
    stage.write(
      'cutover.yml',
      `drain:
  prometheus: { url: "${server.url}", query: 'sum(pending_operations{slot="{{slot}}"})' }
  zeros: 3
  interval: 200ms
  within: 30s
`,
    );
    const running = stage.run({ config: 'cutover.yml' });
    await until(() => isSwitched(stage));
    await new Promise(resolve => setTimeout(resolve, 1_500)); // the bake takes 300 ms
    expect(instances(stage, 'shop-blue')).toHaveLength(3);
    tell(0);
    const { outputs } = await running;
    expect(outputs).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(instances(stage, 'shop-blue')).toHaveLength(0);
  });
});
