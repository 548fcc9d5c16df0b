import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { resultSchema } from '../../src/report/result-schema.js';
import { BUNDLE } from './stage.js';

const folder = mkdtempSync(join(tmpdir(), 'cutover-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const demos: readonly [string, readonly string[], object][] = [
  ['a cutover that nobody notices', [], { result: 'succeeded', live: 'shop-green', previous: 'shop-blue' }],
  ['a check that fails before the switch', ['--fail', 'smoke'], { result: 'failed', live: 'shop-blue' }],
  ['a green that falls ill after the switch', ['--fail', 'bake'], { result: 'rolled-back', live: 'shop-blue' }],
];

test.each(demos)(
  'the demo shows %s, and its result is what its schema says',
  (_, options, expected) => {
    const { status, stdout } = spawnSync(process.execPath, [BUNDLE, 'demo', ...options], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, tail: status === 0 ? '' : stdout.slice(-1_500) }).toEqual({ status: 0, tail: '' });
    const result = resultSchema.parse(JSON.parse(readFileSync(join(folder, 'demo-output/result.json'), 'utf8')));
    expect(result).toMatchObject({ ...expected, evidence: { failed: 0 } });
    if (options.length === 0) expect(result.evidence.requests).toBeGreaterThanOrEqual(10_000);
    expect(stdout).toContain(`${result.evidence.requests} requests sent, 0 failed.`);
  },
  60_000,
);
