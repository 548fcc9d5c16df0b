import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import type { ApiObject } from '../contract/kubernetes/api.js';
import type { KubernetesGround } from '../contract/kubernetes/ground.js';
import { manifest } from '../contract/kubernetes/shop.js';
import { isWrite, KubernetesStage } from '../contract/kubernetes/stage.js';
import { expectEnd, type Run } from '../contract/stage.js';
import { clusterGround } from './support/ground.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/rbac.yaml');

describe('examples/rbac.yaml on a real server', () => {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await clusterGround();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  test('is enough for whole releases, there and back, with what stands beside a slot', async () => {
    await using stage = await KubernetesStage.open(ground);
    stage.write('k8s/shop.yaml', manifest({ image: ground.image }, true));
    const kubeconfig = await kubeconfigOf(stage, 'cutover');
    const kept = await stage.run({ kubeconfig, teardown: 'keep' });
    expectEnd({ run: kept }, { result: 'succeeded', live: 'shop-green' });
    const back = await stage.run({ kubeconfig, verb: 'rollback' });
    expectEnd({ run: back }, { result: 'succeeded', live: 'shop-blue' });
    const whole = await stage.run({ kubeconfig, version: 'v3' });
    expectEnd({ run: whole }, { result: 'succeeded', live: 'shop-green' });
    expect([kept, back, whole].flatMap(refusals)).toEqual([]);
  });

  test('is enough to say why a green did not come up', async () => {
    await using stage = await KubernetesStage.open(ground);
    const kubeconfig = await kubeconfigOf(stage, 'cutover');
    const run = await stage.run({ kubeconfig, version: 'v2-crash', 'ready-timeout': '5s' });
    expectEnd({ run }, { result: 'failed', live: 'shop-blue' });
    expect(refusals(run)).toEqual([]);
  });

  test('has a Role for plans, which may write nothing', async () => {
    await using stage = await KubernetesStage.open(ground);
    stage.write('k8s/shop.yaml', manifest({ image: ground.image }, true));
    const kubeconfig = await kubeconfigOf(stage, 'cutover-plan');
    const run = await stage.run({ kubeconfig, verb: 'plan' });
    expectEnd({ run }, { result: 'succeeded', live: 'shop-blue' });
    expect(refusals(run)).toEqual([]);
    expect(run.requests.filter(isWrite)).toEqual([]);
  });

  /** Creates what the example holds in the stage's namespace, and a token of one of its service accounts. */
  async function kubeconfigOf(stage: KubernetesStage, account: string): Promise<string> {
    const objects = loadAll(
      readFileSync(EXAMPLE, 'utf8').replaceAll('namespace: shop', `namespace: ${stage.namespace}`),
    );
    await stage.apply(objects as object[]);
    const path = stage.path(`serviceaccounts/${account}/token`);
    const answer = await stage.api.create(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    return stage.gateway.kubeconfig((answer as ApiObject).status.token);
  }
});

/** Nodes and webhooks are in no namespace, so no Role can grant them: preflight asks for them, and does without. */
const BEYOND_ROLES = /^\/api\/v1\/nodes\?|^\/api\/v1\/namespaces\/[^/]+$|^\/apis\/admissionregistration\.k8s\.io\//;

function refusals({ requests }: Run): readonly string[] {
  const refused = requests.filter(({ status, path }) => status === 403 && !BEYOND_ROLES.test(path));
  return refused.map(({ method, path }) => `${method} ${path}`);
}
