import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { call, configMap, configMaps, shopPath, startSeeded } from './support.js';

let platform: EmbeddedKubernetes;
beforeAll(async () => {
  platform = await startSeeded();
});
afterAll(() => platform.close());

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
