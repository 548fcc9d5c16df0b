import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Service } from '@kubernetes/client-node';
import { Cluster, type Refusal } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { Playground } from './support/playground.js';

const staleMessage =
  'Operation cannot be fulfilled on services "shop": ' +
  'the object has been modified; please apply your changes to the latest version and try again';

describe('what the API server answers to the requests that a cutover is made of', () => {
  let playground: Playground;
  let cluster: Cluster;
  let service: string;
  let stale: string; // a resourceVersion that the service no longer has

  beforeAll(async () => {
    cluster = Cluster.connect();
    playground = await Playground.create(cluster);
    service = playground.core('services/shop');
    await playground.deploy('blue', 'v1', 1);
    await playground.ready('blue');
    await playground.serve('blue');
    stale = await currentVersion();
    await cluster.patch(service, 'merge-patch+json', { metadata: { annotations: { touched: 'yes' } } });
  });
  afterAll(() => playground.remove());

  test('a JSON patch that replaces resourceVersion with a stale one is refused with 409 Conflict', async () => {
    const { status, body } = await switchBy(stale, 'replace');
    expect(status).toBe(409);
    expect(body).toMatchObject({ kind: 'Status', code: 409, reason: 'Conflict', message: staleMessage });
  });

  test('with the current resourceVersion the same patch is carried out, and replaces the whole selector', async () => {
    const { status, body } = await switchBy(await currentVersion(), 'replace');
    expect(status).toBe(200);
    expect((body as V1Service).spec?.selector).toEqual({ app: 'shop', slot: 'green' });
    await playground.flip('blue');
  });

  test('a JSON patch that tests a stale resourceVersion is refused with a 422 that does not say why', async () => {
    const { status, body } = await switchBy(stale, 'test');
    expect(status).toBe(422);
    expect(body).toMatchObject({
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      details: {},
    });
  });

  test('a merge patch with a stale resourceVersion is refused with 409 Conflict', async () => {
    const patch = { metadata: { resourceVersion: stale }, spec: { selector: { slot: 'green' } } };
    const { status, body } = await cluster.patch<Refusal>(service, 'merge-patch+json', patch);
    expect([status, body.reason, body.message]).toEqual([409, 'Conflict', staleMessage]);
  });

  test('server-side apply by another manager is refused with the field, which is the selector as a whole', async () => {
    const { status, body } = await apply('cutover', false);
    expect([status, (body as Refusal).reason]).toEqual([409, 'Conflict']);
    expect((body as Refusal).details?.causes).toEqual([
      { reason: 'FieldManagerConflict', message: expect.stringMatching(/^conflict with /), field: '.spec.selector' },
    ]);
  });

  test('server-side apply by force replaces the whole selector', async () => {
    const { status, body } = await apply('cutover', true);
    expect(status).toBe(200);
    expect((body as V1Service).spec?.selector).toEqual({ slot: 'green' });
    await playground.flip('blue');
  });

  test('a pod is reached through the API server, with its own headers', async () => {
    const pod = await playground.firstPodName('blue');
    const { status, headers, body } = await cluster.get(playground.core(`pods/${pod}:8080/proxy/`));
    expect(status).toBe(200);
    expect(headers['x-app-version']).toBe('v1');
    expect(body).toEqual({ app: 'shop', slot: 'blue', version: 'v1', instance: pod });
  });

  test('a service is reached through the API server, and without endpoints it answers 503', async () => {
    const proxy = playground.core('services/shop:http/proxy/');
    await eventually('the service to have endpoints', 10, async () => {
      const { status, headers } = await cluster.get(proxy);
      return status === 200 && headers['x-app-slot'] === 'blue' ? { found: true } : { not: status };
    });
    await playground.flip('nowhere');
    const refusal = await eventually('the service to have none', 10, async () => {
      const { status, body } = await cluster.get<Refusal>(proxy);
      return status === 503 ? { found: body } : { not: status };
    });
    expect(refusal).toMatchObject({
      reason: 'ServiceUnavailable',
      message: 'no endpoints available for service "shop"',
    });
    await playground.flip('blue');
  });

  test('the log of a pod can be read', async () => {
    const pod = await playground.firstPodName('blue');
    const { status, body } = await cluster.get<string>(playground.core(`pods/${pod}/log`));
    expect([status, body]).toEqual([200, `shop v1 (slot "blue") starts as ${pod}\n`]);
  });

  async function currentVersion(): Promise<string> {
    const { body } = await cluster.get<V1Service>(service);
    return body.metadata?.resourceVersion ?? '';
  }

  function switchBy(resourceVersion: string, condition: 'replace' | 'test') {
    return cluster.patch<V1Service | Refusal>(service, 'json-patch+json', [
      { op: condition, path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/spec/selector', value: { app: 'shop', slot: 'green' } },
    ]);
  }

  function apply(manager: string, force: boolean) {
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop' },
      spec: { selector: { slot: 'green' } },
    };
    const path = `${service}?fieldManager=${manager}&force=${force}`;
    return cluster.patch<V1Service | Refusal>(path, 'apply-patch+yaml', object);
  }
});
