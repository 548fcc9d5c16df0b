import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppsV1Api, CoordinationV1Api, CoreV1Api, KubeConfig, V1MicroTime, Watch } from '@kubernetes/client-node';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { deployment, namespace, service } from './support.js';

let platform: EmbeddedKubernetes;
const config = new KubeConfig();

beforeAll(async () => {
  platform = await startEmbeddedKubernetes({ pathPrefix: '/k8s/clusters/c-1' });
  await platform.apply([deployment('blue'), service('blue')]);
  await platform.settled();
  config.loadFromString(platform.kubeconfig());
});
afterAll(() => platform.close());

test('the official client reads, patches and scales', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'color=blue' });
  expect(items.map(({ status }) => status?.phase)).toEqual(['Running', 'Running']);
  const body = [{ op: 'replace', path: '/spec/selector/color', value: 'green' }];
  const patched = await core.patchNamespacedService({ name: 'shop', namespace, body });
  expect(patched.spec?.selector).toEqual({ app: 'shop', color: 'green' });
  const scale = await apps.readNamespacedDeploymentScale({ name: 'blue', namespace });
  const replaced = await apps.replaceNamespacedDeploymentScale({
    name: 'blue',
    namespace,
    body: { ...scale, spec: { replicas: 1 } },
  });
  expect(replaced.spec?.replicas).toBe(1);
});

test('the official client holds a Lease, and is told of a conflict', async () => {
  const leases = config.makeApiClient(CoordinationV1Api);
  const renewTime = new V1MicroTime(Date.now());
  const lease = await leases.createNamespacedLease({
    namespace,
    body: { metadata: { name: 'lock' }, spec: { holderIdentity: 'a', renewTime } },
  });
  await leases.replaceNamespacedLease({
    name: 'lock',
    namespace,
    body: { ...lease, spec: { ...lease.spec, holderIdentity: 'b' } },
  });
  const stale = leases.replaceNamespacedLease({ name: 'lock', namespace, body: lease });
  await expect(stale).rejects.toMatchObject({ code: 409 });
});

test('the official client watches', async () => {
  const seen = new Promise<string>((resolve, reject) => {
    const done = (error: unknown) => reject(error);
    void new Watch(config)
      .watch(
        `/api/v1/namespaces/${namespace}/configmaps`,
        {},
        (type, object) => {
          resolve(`${type} ${object.metadata.name}`);
          void watching.then(controller => controller.abort());
        },
        done,
      )
      .then(controller => ready(controller));
  });
  let ready: (controller: AbortController) => void = () => {};
  const watching = new Promise<AbortController>(resolve => {
    ready = resolve;
  });
  await watching;
  await platform.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seen', namespace } }]);
  expect(await seen).toBe('ADDED seen');
});

test('it asks for nothing that the server does not know', () => {
  expect(platform.unknownRequests).toEqual([]);
});
