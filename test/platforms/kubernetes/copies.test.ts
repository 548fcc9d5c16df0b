import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject, Workload } from '../../../src/platforms/kubernetes/objects.js';
import { names } from './slots.js';
import {
  deployment,
  type House,
  planFor,
  release,
  service,
  shop,
  soon,
  startHouse,
  untilReady,
  yaml,
} from './support.js';

const TARGET = shop({ 'per-slot': ['configmaps', 'secrets'] });

function map(name: string, value: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { currency: value } };
}
function secret(name: string, value: string, type = 'Opaque') {
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { name, namespace: 'shop' }, stringData: { key: value } };
}

/** Reads its configuration in every way that there is. */
function manifest(value: string, more: readonly object[] = []): string {
  const shopOf = deployment({});
  const [container] = shopOf.spec.template.spec.containers;
  const reading = {
    ...container,
    envFrom: [{ configMapRef: { name: 'settings', optional: true } }, { secretRef: { name: 'keys' } }],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'currency' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
      { name: 'C', valueFrom: { configMapKeyRef: { name: 'of-somebody-else', key: 'x', optional: true } } },
    ],
  };
  const sources = [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }];
  const volumes = [
    { name: 'a', configMap: { name: 'settings', defaultMode: 420 } },
    { name: 'b', secret: { secretName: 'keys' } },
    { name: 'c', projected: { sources } },
  ];
  const spec = { containers: [reading], volumes, imagePullSecrets: [{ name: 'registry' }] };
  const written = { ...shopOf, spec: { ...shopOf.spec, template: { ...shopOf.spec.template, spec } } };
  const pull = secret('registry', 'x');
  return yaml(
    written,
    service({ app: 'shop' }),
    map('settings', value),
    secret('keys', value),
    pull,
    map('unused', value),
    ...more,
  );
}

async function houseWithBlue(): Promise<House> {
  const house = await startHouse({ 'shop.yaml': manifest('EUR') });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, TARGET, 'v1');
  return house;
}

function currencyOf({ kube }: House, name: string): unknown {
  const found = kube.objects<KubernetesObject>('configmaps', 'shop').find(({ metadata }) => metadata.name === name);
  return (found?.data as { currency?: string } | undefined)?.currency;
}

describe('ConfigMaps and Secrets of each slot', () => {
  test('every reference of the pods leads to the slot’s own copy, and to nothing that is not the manifest’s', async () => {
    await using house = await houseWithBlue();
    const [workload] = house.kube.objects<Workload>('deployments', 'shop');
    const { containers, volumes, imagePullSecrets } = workload?.spec.template.spec ?? {};
    const [settings, keys] = ['settings-shop-green', 'keys-shop-green'];
    expect(containers?.[0]).toMatchObject({
      envFrom: [{ configMapRef: { name: settings, optional: true } }, { secretRef: { name: keys } }],
      env: [
        { valueFrom: { configMapKeyRef: { name: settings, key: 'currency' } } },
        { valueFrom: { secretKeyRef: { name: keys, key: 'key' } } },
        { valueFrom: { configMapKeyRef: { name: 'of-somebody-else' } } },
      ],
    });
    expect(volumes).toMatchObject([
      { configMap: { name: settings, defaultMode: 420 } },
      { secret: { secretName: keys } },
      { projected: { sources: [{ configMap: { name: settings } }, { secret: { name: keys } }] } },
    ]);
    expect(imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(names(house, 'secrets')).toEqual(['keys-shop-green', 'registry']);
    expect(names(house, 'configmaps')).toEqual(expect.arrayContaining(['settings-shop-green', 'unused']));
  });

  test('going back brings the old configuration back, and a slot takes its own along', async () => {
    await using house = await houseWithBlue();
    const { platform } = house;
    await writeFile(`${house.workspace}/shop.yaml`, manifest('CHF'));
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.deploy(TARGET, plan, soon());
    await untilReady(platform, TARGET, plan);
    expect([currencyOf(house, 'settings-shop-green'), currencyOf(house, 'settings-shop-blue')]).toEqual(['EUR', 'CHF']);
    await platform.route(TARGET, plan.previous, plan.next, soon());
    await platform.route(TARGET, plan.next, plan.previous, soon());
    await platform.teardown(TARGET, 'shop-blue', 'delete', soon());
    expect(names(house, 'configmaps').filter(name => name.startsWith('settings'))).toEqual(['settings-shop-green']);
    expect(names(house, 'secrets')).toEqual(['keys-shop-green', 'registry']);
  });

  test('copies of a slot whose workload was never made go, too', async () => {
    await using house = await houseWithBlue();
    const { kube, platform } = house;
    const plan = await planFor(platform, TARGET, 'v2');
    kube.faults.add({ match: { method: 'PATCH', path: /deployments\/shop-blue/ }, answer: { status: 422, body: {} } });
    await expect(platform.deploy(TARGET, plan, soon())).rejects.toThrow();
    expect(names(house, 'secrets')).toContain('keys-shop-blue');
    await platform.teardown(TARGET, 'shop-blue', 'delete', soon());
    expect(names(house, 'secrets')).toEqual(['keys-shop-green', 'registry']);
  });

  test('nobody is warned of a change that blue does not get', async () => {
    await using house = await houseWithBlue();
    await writeFile(`${house.workspace}/shop.yaml`, manifest('CHF'));
    const plan = await planFor(house.platform, TARGET, 'v2');
    const codes = (await house.platform.preflight(TARGET, plan, soon())).map(({ code }) => code);
    expect(codes).not.toContain('CONFIGURATION_SHARED');
  });
});
