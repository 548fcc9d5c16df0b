import { describe, expect, test } from '@jest/globals';
import type { Pod, Service } from '../../../src/platforms/kubernetes/objects.js';
import { podPort } from '../../../src/platforms/kubernetes/ports.js';
import { podAmount } from '../../../src/platforms/kubernetes/preflight/quantities.js';
import { deployment, planFor, service, shop, soon, startHouse, yaml } from './support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const proxy = (more: object = {}) => ({
  name: 'proxy',
  image: 'registry.example/proxy:1',
  restartPolicy: 'Always',
  ports: [{ name: 'https', containerPort: 8443 }],
  ...more,
});

/** The shop with this container among those that start first. */
function shopWith(initial: object, name = 'shop', labels: Readonly<Record<string, string>> = { app: 'shop' }) {
  const base = deployment({ name, labels, version: 'v2' });
  const spec = { ...base.spec.template.spec, initContainers: [initial] };
  return { ...base, spec: { ...base.spec, template: { ...base.spec.template, spec } } };
}

const toProxy = { ports: [{ name: 'https', port: 443, targetPort: 'https' }] };

describe('a sidecar, which is an init container that is always restarted', () => {
  test.each([
    ['may have the port that a Service leads to by its name', {}, []],
    ['is no other init container: those have ended when traffic comes', { restartPolicy: undefined }, ['PORT_MISSING']],
  ])('%s', async (_, more, codes) => {
    await using house = await startHouse({ 'shop.yaml': yaml(shopWith(proxy(more))) });
    await house.kube.apply([shopWith(proxy(), 'shop-blue', BLUE), service(BLUE, 'shop', toProxy)]);
    await house.kube.settled();
    const plan = await planFor(house.platform, shop(), 'v2');
    const found = await house.platform.preflight(shop(), plan, soon());
    expect(found.map(({ code }) => code)).toEqual(codes);
    expect(house.kube.objects('endpointslices', 'shop')).toMatchObject([{ ports: [{ name: 'https', port: 8443 }] }]);
  });

  test('is reached there by checks', () => {
    const pod = { spec: { containers: [{ name: 'web' }], initContainers: [proxy()] } } as unknown as Pod;
    expect(podPort(pod, { spec: toProxy } as unknown as Service)).toEqual({ port: 8443, scheme: 'https' });
  });

  test('counts with the containers, and with what starts after it', () => {
    const asks = (cpu: string, more: object = {}) => ({ name: 'x', resources: { requests: { cpu } }, ...more });
    const always = { restartPolicy: 'Always' };
    const containers = [asks('500m')];
    const amount = (...initContainers: object[]) =>
      podAmount({ containers, initContainers } as never, 'requests', 'cpu');
    expect(amount(asks('1', always))).toBe(1.5);
    expect(amount(asks('1'))).toBe(1);
    expect(amount(asks('1', always), asks('2'))).toBe(3);
    expect(amount(asks('2'), asks('1', always))).toBe(2);
  });
});
