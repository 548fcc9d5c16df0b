import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import {
  call,
  configMap,
  configMaps,
  deploymentPath,
  jsonPatch,
  mergePatch,
  shopPath,
  startSeeded,
  strategicPatch,
} from './support.js';

let platform: EmbeddedKubernetes;
beforeAll(async () => {
  platform = await startSeeded();
});
afterAll(() => platform.close());

describe('conditional writes', () => {
  test.each([
    ['a JSON patch', jsonPatch, (rv: string) => [{ op: 'replace', path: '/metadata/resourceVersion', value: rv }]],
    ['a merge patch', mergePatch, (rv: string) => ({ metadata: { resourceVersion: rv } })],
    ['a strategic merge patch', strategicPatch, (rv: string) => ({ metadata: { resourceVersion: rv } })],
  ])('%s with a stale resourceVersion is a 409 and changes nothing', async (_name, type, body) => {
    const before = await call(platform, 'GET', shopPath);
    const answer = await call(platform, 'PATCH', shopPath, { type, body: body('1') });
    expect([answer.status, answer.body.reason]).toEqual([409, 'Conflict']);
    expect(answer.body.message).toContain('the object has been modified');
    expect((await call(platform, 'GET', shopPath)).body).toEqual(before.body);
  });

  test('the same patch with the current resourceVersion is written', async () => {
    const { body: before } = await call(platform, 'GET', shopPath);
    const body = [
      { op: 'replace', path: '/metadata/resourceVersion', value: before.metadata.resourceVersion },
      { op: 'add', path: '/metadata/labels', value: { touched: 'yes' } },
    ];
    const { body: after } = await call(platform, 'PATCH', shopPath, { type: jsonPatch, body });
    expect(after.metadata.labels).toEqual({ touched: 'yes' });
    expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
  });

  test('a JSON patch whose test fails, or whose path is missing, is a 422 with the vague sentence', async () => {
    for (const operation of [
      { op: 'test', path: '/spec/selector/color', value: 'purple' },
      { op: 'replace', path: '/spec/nothing/there', value: 1 },
    ]) {
      const answer = await call(platform, 'PATCH', shopPath, { type: jsonPatch, body: [operation] });
      expect([answer.status, answer.body.reason, answer.body.details]).toEqual([422, 'Invalid', {}]);
      expect(answer.body.message).toBe('the server rejected our request due to an error in our request');
    }
  });

  test('a write that changes nothing keeps the resourceVersion', async () => {
    const { body: before } = await call(platform, 'GET', shopPath);
    const body = { spec: { selector: before.spec.selector } };
    const { body: after } = await call(platform, 'PATCH', shopPath, { type: mergePatch, body });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('a Lease is not updated without a resourceVersion, nor with three digits of a second', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/bg/leases';
    const lease = (spec: object) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lock' },
      spec,
    });
    expect((await call(platform, 'POST', path, { body: lease({ holderIdentity: 'a' }) })).status).toBe(201);
    const unconditional = await call(platform, 'PUT', `${path}/lock`, { body: lease({ holderIdentity: 'b' }) });
    expect([unconditional.status, unconditional.body.message]).toEqual([
      422,
      'Lease.coordination.k8s.io "lock" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    ]);
    const milliseconds = { ...lease({ renewTime: '2026-01-01T00:00:00.000Z' }), metadata: { name: 'other' } };
    expect((await call(platform, 'POST', path, { body: milliseconds })).status).toBe(400);
  });

  test('a delete under a condition that does not hold is a 409', async () => {
    await platform.apply([configMap('doomed')]);
    const body = { preconditions: { resourceVersion: '1' } };
    const answer = await call(platform, 'DELETE', `${configMaps}/doomed`, { body });
    expect([answer.status, answer.body.reason]).toEqual([409, 'Conflict']);
    expect((await call(platform, 'DELETE', `${configMaps}/doomed`)).body.status).toBe('Success');
  });

  test('dryRun=All answers as if, and writes nothing', async () => {
    const body = configMap('phantom');
    expect((await call(platform, 'POST', `${configMaps}?dryRun=All`, { body })).status).toBe(201);
    expect((await call(platform, 'GET', `${configMaps}/phantom`)).status).toBe(404);
    expect((await call(platform, 'DELETE', `${shopPath}?dryRun=All`)).status).toBe(200);
    expect((await call(platform, 'GET', shopPath)).status).toBe(200);
  });
});

describe('patches', () => {
  test('a merge patch adds keys to a selector, and null takes them away', async () => {
    const add = await call(platform, 'PATCH', shopPath, { type: mergePatch, body: { spec: { selector: { x: 'y' } } } });
    expect(add.body.spec.selector).toEqual({ app: 'shop', color: 'blue', x: 'y' });
    const remove = await call(platform, 'PATCH', shopPath, {
      type: mergePatch,
      body: { spec: { selector: { x: null } } },
    });
    expect(remove.body.spec.selector).toEqual({ app: 'shop', color: 'blue' });
  });

  test('a strategic merge patch merges containers by name and knows its directives', async () => {
    const path = deploymentPath('blue');
    const containers = [{ name: 'sidecar', image: 'hub.example/side:1' }];
    const order = [{ name: 'web' }, { name: 'sidecar' }];
    const spec = { template: { spec: { containers, '$setElementOrder/containers': order } } };
    const added = await call(platform, 'PATCH', path, { type: strategicPatch, body: { spec } });
    expect(added.body.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual([
      'web',
      'sidecar',
    ]);
    expect(added.body.metadata.generation).toBe(2);
    const doomed = { spec: { template: { spec: { containers: [{ name: 'sidecar', $patch: 'delete' }] } } } };
    const removed = await call(platform, 'PATCH', path, { type: strategicPatch, body: doomed });
    expect(removed.body.spec.template.spec.containers).toHaveLength(1);
    const strategy = { $retainKeys: ['type'], type: 'Recreate' };
    const recreate = await call(platform, 'PATCH', path, { type: strategicPatch, body: { spec: { strategy } } });
    expect(recreate.body.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('custom resources know no strategic merge patch', async () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'r', namespace: 'bg' },
      spec: {},
    };
    await platform.apply([route]);
    const path = '/apis/gateway.networking.k8s.io/v1/namespaces/bg/httproutes/r';
    expect((await call(platform, 'PATCH', path, { type: strategicPatch, body: {} })).status).toBe(415);
    const weighted = { spec: { rules: [{ backendRefs: [{ name: 'shop', port: 80, weight: 1 }] }] } };
    expect((await call(platform, 'PATCH', path, { type: mergePatch, body: weighted })).body.metadata.generation).toBe(
      2,
    );
    await platform.settled();
  });
});
