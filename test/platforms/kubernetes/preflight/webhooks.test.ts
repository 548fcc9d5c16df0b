import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../src/release/model.js';
import { deployment, planFor, service, shop, soon, startHouse, yaml } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const PODS = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
const guard = { name: 'guard', namespace: 'guards' };

function configuration(webhook: object) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'policies' },
    webhooks: [{ name: 'pods.guard.example', rules: [PODS], clientConfig: { service: guard }, ...webhook }],
  };
}

async function findings(webhook: object, objects: readonly object[] = []): Promise<readonly Finding[]> {
  await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
  await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE }), service(BLUE), configuration(webhook)]);
  await house.kube.apply(objects);
  await house.kube.settled();
  return await house.platform.preflight(shop(), await planFor(house.platform, shop(), 'v2'), soon());
}

describe('an admission webhook that nobody answers', () => {
  test.each([
    ['by default', {}],
    ['for everything', { failurePolicy: 'Fail', rules: [{ apiGroups: ['*'], resources: ['*'], operations: ['*'] }] }],
    ['for Deployments', { rules: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['CREATE'] }] }],
    [
      'in this namespace',
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop'] }],
        },
      },
    ],
  ])('and that fails closed %s is refused', async (_, webhook) => {
    expect(await findings(webhook)).toMatchObject([
      {
        severity: 'error',
        code: 'WEBHOOK_DOWN',
        message: expect.stringMatching(
          /pods.guard.example \(policies\) .* Service guards\/guard has no ready endpoint/,
        ),
      },
    ]);
  });

  test.each([
    ['fails open', { failurePolicy: 'Ignore' }],
    ['is about other kinds', { rules: [{ ...PODS, resources: ['secrets'] }] }],
    ['is about other namespaces', { namespaceSelector: { matchLabels: { guarded: 'yes' } } }],
    ['is about other objects', { objectSelector: { matchLabels: { app: 'cart' } } }],
    ['is outside of the cluster', { clientConfig: { url: 'https://guard.example' } }],
  ])('is fine when it %s', async (_, webhook) => {
    expect(await findings(webhook)).toEqual([]);
  });

  test('is fine when somebody does answer', async () => {
    const inGuards = (object: { metadata: object }) => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'guards' },
    });
    const labels = { app: 'guard' };
    expect(
      await findings({}, [inGuards(deployment({ name: 'guard', labels })), inGuards(service(labels, 'guard'))]),
    ).toEqual([]);
  });
});
