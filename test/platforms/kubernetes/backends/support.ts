/** A shop behind a route that names Services, blue live, on a cluster in this process. */
import type { TargetConfig } from '../../../../src/config/schema.js';
import type { Roles } from '../../../../src/platforms/port.js';
import type { Routing, TargetPlan } from '../../../../src/release/model.js';
import { Load, type LoadReport } from '../../../embedded/load.js';
import { deployment, type House, planFor, service, shop, soon, startHouse, untilReady, yaml } from '../support.js';

export const MANIFEST = yaml(deployment({ version: 'v2' }));

const meta = { name: 'shop', namespace: 'shop' };

/** An HTTPRoute as people write it: the two Services, blue has it all. */
export function httpRoute(
  backendRefs: readonly object[] = refs(['shop-blue', 1], ['shop-green', 0]),
  kind = 'HTTPRoute',
) {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: meta,
    spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs }] },
  };
}

export function refs(...weights: readonly (readonly [name: string, weight: number])[]): readonly object[] {
  return weights.map(([name, weight]) => ({ name, port: 80, weight }));
}

export function ingress(...names: readonly string[]) {
  const paths = names.map((name, index) => ({
    path: index === 0 ? '/' : `/${index}`,
    pathType: 'Prefix',
    backend: { service: { name, port: { name: 'http' } } },
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta,
    spec: { rules: [{ http: { paths } }] },
  };
}

export function virtualService(route: readonly object[]) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: meta,
    spec: { hosts: ['shop.example'], http: [{ route }] },
  };
}

export const destination = (host: string, weight?: number, subset?: string) => ({
  destination: { host, ...(subset ? { subset } : {}) },
  ...(weight === undefined ? {} : { weight }),
});

export const blueDeployment = deployment({ name: 'shop-blue', labels: { app: 'shop', 'cutover/slot': 'shop-blue' } });
export const slotServices = ['shop-blue', 'shop-green'].map(slot => service({ 'cutover/slot': slot }, slot));

/** Blue is up; `objects` are what stands before and behind it. */
export async function houseWith(
  objects: readonly object[],
  { manifest = MANIFEST, blue = [blueDeployment] as readonly object[] } = {},
): Promise<House> {
  const house = await startHouse({ 'shop.yaml': manifest });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, ...blue, ...objects]);
  await house.kube.settled();
  return house;
}

export function targetOf(...routes: readonly string[]): TargetConfig {
  return shop({ routes });
}

/** Green deployed and ready to be switched to. */
export async function deployed(house: House, target: TargetConfig, more: Partial<Roles> = {}): Promise<TargetPlan> {
  const plan = await planFor(house.platform, target, 'v2', more);
  await house.platform.deploy(target, plan, soon());
  await untilReady(house.platform, target, plan);
  return plan;
}

/** Writes a routing and proves it. Throws what confirm says against it. */
export async function moved(
  house: House,
  target: TargetConfig,
  from: Routing,
  to: Routing,
  slot: string,
): Promise<void> {
  await house.platform.route(target, from, to, soon());
  const verdict = await house.platform.confirm(target, to, slot, soon());
  if (verdict.verdict !== 'pass') throw new Error(verdict.reason);
  await house.kube.settled();
}

/** What users of a route got while `work` was done. */
export async function underLoad(house: House, route: string, work: () => Promise<void>): Promise<LoadReport> {
  const load = new Load(house.kube.routeUrl('shop', route), { keepAlive: 4, fresh: 4, pauseMs: 1 });
  try {
    await work();
  } finally {
    await load.stop();
  }
  return load.stop();
}

/** The spec of an object as it is now. */
export function specOf<Spec>({ kube }: House, kind: string, name = 'shop'): Spec {
  return kube.objects(kind, 'shop').find(({ metadata }) => metadata.name === name)?.spec as Spec;
}
