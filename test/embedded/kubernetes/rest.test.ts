import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import {
  applyPatch,
  call,
  deployment,
  deploymentPath,
  jsonPatch,
  mergePatch,
  service,
  shopPath,
  strategicPatch,
} from './support.js';

let platform: EmbeddedKubernetes;
const configMaps = '/api/v1/namespaces/bg/configmaps';

beforeAll(async () => {
  platform = await startEmbeddedKubernetes();
  await platform.apply([service('blue'), deployment('blue', { replicas: 0 })]);
  await platform.settled();
});
afterAll(() => platform.close());

const configMap = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'bg', labels },
});

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

describe('server-side apply', () => {
  const path = `${configMaps}/applied`;
  const apply = (manager: string, data: object, query = '') =>
    call(platform, 'PATCH', `${path}?fieldManager=${manager}${query}`, {
      type: applyPatch,
      body: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata: ${JSON.stringify(data)}\n`,
    });

  test('creates, updates, and removes what the manager no longer applies', async () => {
    expect((await apply('a', { x: '1', y: '1' })).status).toBe(201);
    const again = await apply('a', { x: '2' });
    expect([again.status, again.body.data]).toEqual([200, { x: '2' }]);
    expect(again.body.metadata.managedFields).toMatchObject([
      { manager: 'a', operation: 'Apply', fieldsV1: { 'f:data': { 'f:x': {} } } },
    ]);
  });

  test('refuses to change what another manager owns, and takes it over by force', async () => {
    const refused = await apply('b', { x: '3' });
    expect([refused.status, refused.body.reason]).toEqual([409, 'Conflict']);
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.data.x' },
    ]);
    expect((await apply('b', { x: '3' }, '&force=true')).body.data).toEqual({ x: '3' });
    // Now it is b's: a may let go of it without removing it.
    expect((await apply('a', { z: '1' })).body.data).toEqual({ x: '3', z: '1' });
  });

  test('shares a field that two managers set to the same value', async () => {
    await apply('c', { x: '3' });
    expect((await apply('b', { other: '1' })).body.data.x).toBe('3');
    expect((await apply('c', { own: '1' })).body.data.x).toBeUndefined();
  });

  test('wants to know who applies', async () => {
    const answer = await call(platform, 'PATCH', path, { type: applyPatch, body: configMap('applied') });
    expect([answer.status, answer.body.reason]).toEqual([422, 'Invalid']);
    expect(answer.body.message).toContain('fieldManager: Required value: is required for apply patch');
  });

  test('knows the fields that were written without apply, too', async () => {
    await call(platform, 'PATCH', `${shopPath}?fieldManager=hand`, {
      type: mergePatch,
      body: { spec: { selector: { color: 'blue', by: 'hand' } } },
    });
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop' },
      spec: { selector: { app: 'shop', color: 'green' } },
    };
    const refused = await call(platform, 'PATCH', `${shopPath}?fieldManager=ci`, { type: applyPatch, body });
    expect(refused.body.details.causes).toMatchObject([
      { message: 'conflict with "hand" using v1', field: '.spec.selector' },
    ]);
    const forced = await call(platform, 'PATCH', `${shopPath}?fieldManager=ci&force=true`, { type: applyPatch, body });
    // A selector is one value for the API: it is replaced, not merged.
    expect(forced.body.spec.selector).toEqual({ app: 'shop', color: 'green' });
  });
});

describe('lists', () => {
  beforeAll(() =>
    platform.apply([
      configMap('one', { n: '1', odd: 'yes' }),
      configMap('two', { n: '2' }),
      configMap('three', { n: '3', odd: 'yes' }),
    ]),
  );

  test.each([
    ['n=1', ['one']],
    ['n!=1,n', ['three', 'two']],
    ['n in (1, 2)', ['one', 'two']],
    ['n notin (1,2),n', ['three']],
    ['odd', ['one', 'three']],
    ['!odd,n', ['two']],
  ])('select by labels: %s', async (selector, names) => {
    const { body } = await call(platform, 'GET', `${configMaps}?labelSelector=${encodeURIComponent(selector)}`);
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(names);
    expect(body.items[0].kind).toBeUndefined();
  });

  test('select by fields, the few that there are', async () => {
    const found = await call(platform, 'GET', `${configMaps}?fieldSelector=metadata.name%3Dtwo`);
    expect(found.body.items).toHaveLength(1);
    const refused = await call(platform, 'GET', `${configMaps}?fieldSelector=data.x%3D1`);
    expect([refused.status, refused.body.message]).toEqual([400, 'field label not supported: data.x']);
    expect((await call(platform, 'GET', `${configMaps}?labelSelector=%3D%3D`)).status).toBe(400);
  });

  test('come in pages of one moment, until that moment is forgotten', async () => {
    const first = await call(platform, 'GET', `${configMaps}?limit=2&labelSelector=n`);
    await platform.apply([configMap('zero', { n: '0' })]);
    const token = first.body.metadata.continue;
    const second = await call(platform, 'GET', `${configMaps}?limit=2&labelSelector=n&continue=${token}`);
    const names = [...first.body.items, ...second.body.items].map(({ metadata }) => metadata.name);
    expect(names).toEqual(['one', 'three', 'two']);
    expect(second.body.metadata.continue).toBeUndefined();
    platform.compact();
    const late = await call(platform, 'GET', `${configMaps}?limit=2&labelSelector=n&continue=${token}`);
    expect([late.status, late.body.reason]).toEqual([410, 'Expired']);
  });

  test('are deleted as a collection', async () => {
    const { body } = await call(platform, 'DELETE', `${configMaps}?labelSelector=odd`);
    expect(body.items).toHaveLength(2);
    expect(platform.objects('cm', 'bg').map(({ metadata }) => metadata.name)).not.toContain('one');
  });
});

describe('what is refused', () => {
  test.each([
    ['an unknown group', 'GET', '/apis/example.com/v1/things', 404, undefined],
    ['an unknown version', 'GET', '/api/v2/pods', 404, undefined],
    ['a PUT on a collection', 'PUT', configMaps, 405, 'MethodNotAllowed'],
    ['a selector on labels that are numbers', 'POST', configMaps, 400, 'BadRequest'],
  ])('%s', async (_name, method, path, status, reason) => {
    const body = method === 'GET' ? undefined : { ...configMap('x'), metadata: { name: 'x', labels: { version: 1 } } };
    const answer = await call(platform, method, path, { body });
    expect([answer.status, answer.body?.reason]).toEqual([status, reason]);
    if (reason === undefined) expect(answer.text).toBe('404 page not found\n');
  });

  test('a request without a token, and one with an expired token, are 401', async () => {
    expect((await call(platform, 'GET', shopPath, { token: null })).body).toMatchObject({
      reason: 'Unauthorized',
      code: 401,
    });
    platform.authority.expire();
    expect((await call(platform, 'GET', shopPath)).status).toBe(401);
    platform.authority.renew();
    expect((await call(platform, 'GET', shopPath)).status).toBe(200);
  });

  test('what the rules of a token do not allow is a 403, and the access review says so beforehand', async () => {
    const rules = [{ verbs: ['get'], groups: [''], resources: ['services'], names: ['shop'], namespaces: ['bg'] }];
    const token = platform.authority.addUser('ci', rules);
    expect((await call(platform, 'GET', shopPath, { token })).status).toBe(200);
    const refused = await call(platform, 'GET', '/apis/apps/v1/deployments', { token });
    expect(refused.body.message).toBe(
      'deployments.apps is forbidden: User "ci" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    const review = async (verb: string) => {
      const spec = { resourceAttributes: { verb, resource: 'services', name: 'shop', namespace: 'bg' } };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      return (await call(platform, 'POST', path, { body, token })).body.status.allowed;
    };
    expect([await review('get'), await review('patch')]).toEqual([true, false]);
  });

  test('a request for something that the server does not serve is remembered', async () => {
    platform.requests.clear();
    await call(platform, 'GET', '/apis/example.com/v1/things');
    await call(platform, 'POST', configMaps, { body: configMap('seen') });
    expect(platform.unknownRequests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /apis/example.com/v1/things',
    ]);
    expect(platform.requests.mutating).toMatchObject([
      { method: 'POST', path: configMaps, status: 201, user: 'admin' },
    ]);
  });
});

test('YAML is read and written', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n';
  const created = await call(platform, 'POST', configMaps, {
    body,
    type: 'application/yaml',
    accept: 'application/yaml',
  });
  expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/yaml']);
  expect(created.text).toContain("a: '1'");
});
