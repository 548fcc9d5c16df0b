import { describe, expect, test } from '@jest/globals';
import { targetSchema } from '../../src/config/schema.js';
import { startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { askOnPlatform } from '../../src/gates/annotation.js';
import { systemClock } from '../../src/lib/poll.js';
import { loadPlatform } from '../../src/platforms/index.js';
import { CLUSTER, NAMESPACE } from '../../src/rehearse/demo-shop.js';
import { questionOf, soon, toolsFor, until } from './support.js';

const target = targetSchema.parse({
  name: 'shop',
  slots: { blue: 'shop-blue', green: 'shop-green' },
  namespace: NAMESPACE,
  routes: ['service/shop'],
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
  ] as const)('%s decides about the plan that it names, and about no other', async (word, decided) => {
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
    const deciding = open.decision(soon());
    await cluster.annotate({ [`cutover/${word}`]: 'another-plan' });
    await until(() => lines.length > 3);
    await cluster.annotate({ [`cutover/${word}`]: question.digest, 'cutover/decided-by': 'alice' });
    expect(await deciding).toEqual(decided);
  });

  test('a platform without such a place says what else there is', async () => {
    const { tools } = toolsFor(undefined, { by: 'annotation' }, { targets: [target] });
    await expect(askOnPlatform(questionOf(), tools, soon())).rejects.toMatchObject({
      code: 'GATE_BROKEN',
      message: expect.stringContaining('url'),
    });
  });
});
