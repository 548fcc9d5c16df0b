import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const repository = path.join(import.meta.dirname, '../..');
const runner = path.join(import.meta.dirname, 'run.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'cutover-own-cluster-'));
/** Small, and deploys to the cluster. */
const FILE = [
  'node_modules/jest/bin/jest.js',
  ...['--config', 'test/cluster/jest.config.js', 'test/cluster/control-plane', '-t', 'three ready pods'],
];

/** The suite's own runner, as people start it who have a cluster: KUBECONFIG decides. */
async function runWith(kubeconfig: string): Promise<{ readonly code: number | null; readonly text: string }> {
  const words = [runner, '--', process.execPath, '--experimental-vm-modules', '--no-warnings', ...FILE];
  // Jest's own variables would make a worker of the other jest.
  const { JEST_WORKER_ID: _worker, ...environment } = process.env;
  const child = spawn(process.execPath, words, { cwd: repository, env: { ...environment, KUBECONFIG: kubeconfig } });
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

describe('with KUBECONFIG set the suite runs against that cluster', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('and starts none of its own', async () => {
    const kubeconfig = process.env.KUBECONFIG ?? '';
    const { code, text } = await runWith(kubeconfig);
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
    expect(text).toContain(`KUBECONFIG is set: this runs against the cluster of ${kubeconfig}, and starts none.`);
    expect(text).toMatch(/Tests: .*1 passed/);
  });

  test('and fails where that does not answer', async () => {
    const nowhere = path.join(folder, 'kubeconfig');
    const server = 'https://127.0.0.1:9';
    const named = { clusters: [{ name: 'x', cluster: { server } }], users: [{ name: 'x', user: { token: 'x' } }] };
    const contexts = [{ name: 'x', context: { cluster: 'x', user: 'x' } }];
    writeFileSync(nowhere, JSON.stringify({ ...named, contexts, 'current-context': 'x' }));
    const { code, text } = await runWith(nowhere);
    expect(code).toBe(1);
    expect(text).toContain('ECONNREFUSED');
  });
});
