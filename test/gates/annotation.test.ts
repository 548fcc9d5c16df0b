import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { targetSchema } from '../../src/config/schema.js';
import { decide } from '../../src/decide.js';
import { startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { askOnPlatform } from '../../src/gates/annotation.js';
import { answerPlace, writeAnswer } from '../../src/gates/answers.js';
import { systemClock } from '../../src/lib/poll.js';
import { loadPlatform } from '../../src/platforms/index.js';
import { CLUSTER, NAMESPACE } from '../../src/rehearse/demo-shop.js';
import type { Approval } from '../../src/release/model.js';
import { worldOf } from '../hosts/world.js';
import { decided, questionOf, soon, toolsFor, until } from './support.js';

const target = targetSchema.parse({
  name: 'shop',
  slots: { blue: 'shop-blue', green: 'shop-green' },
  namespace: NAMESPACE,
  routes: ['service/shop'],
});

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function openCluster() {
  const kube = await startEmbeddedKubernetes();
  await kube.apply(CLUSTER);
  const silent = () => undefined;
  const platform = await (await loadPlatform('kubernetes')).open({
    workspace: '/',
    environment: {},
    kubeconfig: kube.kubeconfig(),
    context: undefined,
    namespace: NAMESPACE,
    targets: [target],
    log: { debug: silent, warning: silent },
    mask: silent,
    clock: systemClock,
  });
  /** What `kubectl annotate --overwrite` does. */
  const annotate = (annotations: Record<string, string>) =>
    kube.apply(
      CLUSTER.replace(
        / {2}name: shop\n {2}namespace: shop\nspec:\n {2}selector/,
        `  name: shop\n  namespace: shop\n  annotations: ${JSON.stringify(annotations)}\nspec:\n  selector`,
      ),
    );
  return {
    kube,
    platform,
    annotate,
    /** The world of a person who types a command there. */
    world: (words: readonly string[]) => {
      const workspace = mkdtempSync(join(tmpdir(), 'cutover-decide-'));
      folders.push(workspace);
      const config = {
        release: 'shop',
        version: '1',
        kubeconfig: kube.kubeconfig(),
        namespace: NAMESPACE,
        targets: [{ ...target, manifest: undefined }],
      };
      writeFileSync(join(workspace, 'cutover.yml'), JSON.stringify(config));
      return worldOf({ USER: 'alice' }, { arguments: words, workspace });
    },
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await kube.close();
    },
  };
}

describe('an annotation of the Service as the gate', () => {
  test.each([
    ['approve', { decision: 'approved', by: ['alice'] }],
    ['deny', { decision: 'denied', by: ['alice'] }],
  ] as const)('%s decides about the plan that it names, and about no other', async (word, decision) => {
    await using cluster = await openCluster();
    const { tools, lines } = toolsFor(
      undefined,
      { by: 'annotation' },
      { platform: cluster.platform, targets: [target] },
    );
    const question = questionOf();
    const open = await askOnPlatform(question, tools, soon());
    expect(open.invitation).toContain(
      `kubectl -n shop annotate service/shop --overwrite cutover/${word}=${question.digest}`,
    );
    const deciding = decided(open, tools);
    await cluster.annotate({ [`cutover/${word}`]: 'another-plan' });
    await until(() => lines.length > 3);
    await cluster.annotate({ [`cutover/${word}`]: question.digest, 'cutover/decided-by': 'alice' });
    expect(await deciding).toEqual(decision);
  });
});

describe('on a platform without annotations', () => {
  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
  ] as const)(
    'the command %s, as it is printed, decides; its record goes with the question',
    async (word, decision) => {
      await using cluster = await openCluster();
      const platform = Object.create(cluster.platform, { decisions: { value: undefined } });
      const { tools } = toolsFor(undefined, { by: 'annotation' }, { platform, targets: [target] });
      const question = questionOf();
      const open = await askOnPlatform(question, tools, soon());
      const [, printed = ''] = new RegExp(`node dist/index.js (${word} .*)`).exec(open.invitation) ?? [];
      const deciding = decided(open, tools);
      const { world, stdout } = cluster.world(printed.split(' '));
      expect(await decide(world)).toBe(0);
      expect(stdout()).toContain(`is ${decision} by`);
      expect(await deciding).toMatchObject({ decision, by: [expect.stringMatching(/./)] });
      const records = () => cluster.kube.objects('ConfigMap', NAMESPACE).map(({ metadata }) => metadata.name);
      expect(records()).toContain(`cutover-shop-${question.digest}`);
      await open.close({} as Approval, soon());
      expect(records()).not.toContain(`cutover-shop-${question.digest}`);
    },
  );

  test('an answer can be taken back, and one about another plan is not read', async () => {
    await using cluster = await openCluster();
    const { records } = cluster.platform;
    const about = { release: 'shop', digest: 'a'.repeat(20) };
    for (const decision of ['approve', 'deny'] as const)
      await writeAnswer(records, about, { decision, by: 'alice', at: 1 }, soon());
    const place = answerPlace(records, 'shop', about.digest);
    expect(await place.read(soon())).toEqual({ approve: undefined, deny: about.digest, by: 'alice' });
    expect(await answerPlace(records, 'shop', 'b'.repeat(20)).read(soon())).toEqual({
      approve: undefined,
      deny: undefined,
      by: undefined,
    });
  });

  test('what is no digest is refused before anything is contacted', async () => {
    const { world } = worldOf({}, { arguments: ['approve', 'yes', '--config', 'cutover.yml'] });
    await expect(decide(world)).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('"yes" is not the digest'),
    });
  });
});
