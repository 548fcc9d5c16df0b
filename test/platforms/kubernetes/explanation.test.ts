import { describe, expect, test } from '@jest/globals';
import { deployment, type House, shop, soon, startHouse, yaml } from './support.js';

const GREEN = { 'cutover/slot': 'shop-green' };

async function stage(start: string, replicas = 1): Promise<House> {
  const house = await startHouse({ 'shop.yaml': yaml(deployment({})) });
  const templateAnnotations = { 'embedded.cutover/start': start };
  await house.kube.apply([deployment({ name: 'shop-green', labels: GREEN, templateAnnotations, replicas })]);
  return house;
}

/** What is said once it contains this. */
async function saying(house: House, words: RegExp): Promise<readonly string[]> {
  const signal = soon();
  while (true) {
    const lines = (await house.platform.explain?.(shop(), 'shop-green', signal)) ?? [];
    if (lines.some(line => words.test(line))) return lines;
    if (signal.aborted) throw new Error(`Nobody said ${words}, but: ${lines.join('\n')}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

describe('a green that does not come up is explained', () => {
  test('by the reason that its containers wait for, and by the events', async () => {
    await using house = await stage('image-pull-error');
    const lines = await saying(house, /Event of/);
    expect(lines).toContainEqual(expect.stringMatching(/^Pod shop-green-\S+: Ready is False/));
    expect(lines).toContainEqual(expect.stringMatching(/container web: waiting \((ErrImagePull|ImagePullBackOff)/));
  });

  test('by the exit code and the last lines of a container that crashes', async () => {
    await using house = await stage('crash');
    const lines = await saying(house, /container web wrote: /);
    expect(lines).toContainEqual(expect.stringMatching(/container web: ended with exit code 1/));
  });

  test('with three pods, and the number of the others', async () => {
    await using house = await stage('never-ready', 5);
    const lines = await saying(house, /^2 more of 5 pods are not ready\.$/);
    expect(new Set(lines.flatMap(line => /^Pod (\S+):/.exec(line)?.[1] ?? [])).size).toBe(3);
  });

  test('as far as the credentials reach', async () => {
    await using house = await stage('crash');
    const rules = [
      { verbs: ['get'], groups: ['apps'], resources: ['deployments'] },
      { verbs: ['list'], groups: [''], resources: ['pods'] },
    ];
    const platform = await house.another({
      kubeconfig: house.kube.kubeconfig(house.kube.authority.addUser('robot', rules)),
    });
    await house.kube.settled();
    const lines = (await platform.explain?.(shop(), 'shop-green', soon())) ?? [];
    expect(lines).toContainEqual(
      expect.stringMatching(/^Events of shop-green-\S+ may not be listed with these credentials\.$/),
    );
  });

  test('by its absence', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({})) });
    await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    expect(await house.platform.explain?.(shop(), 'shop-green', soon())).toEqual([
      'There is no Deployment shop-green in namespace shop.',
    ]);
  });
});
