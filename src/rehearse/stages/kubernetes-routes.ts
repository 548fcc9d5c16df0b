/** What stands in front of the slots in a rehearsal: the routes that the manifest does not bring, as people would write them. */
import type { TargetConfig } from '../../config/schema.js';
import { backendKind } from '../../platforms/kubernetes/backends/table.js';
import type { Manifest } from '../../platforms/kubernetes/manifest.js';
import type { KubernetesObject } from '../../platforms/kubernetes/objects.js';
import { isServiceRoute, routeName } from '../../platforms/kubernetes/routes.js';

interface Surroundings {
  readonly namespace: string;
  readonly manifest: Manifest | undefined;
  /** The port of the pods that Services lead to. */
  readonly targetPort: number | string;
}

/** Services and routes of one target; blue gets all of it. */
export function frontsOf(target: TargetConfig, around: Surroundings): readonly KubernetesObject[] {
  const { blue, green } = target.slots;
  const selected = target.routes.filter(isServiceRoute).map(route => serviceFor(routeName(route).name, blue, around));
  const behind = target.routes.filter(route => !isServiceRoute(route));
  if (behind.length === 0) return selected;
  const brought = new Set((around.manifest?.services ?? []).map(({ metadata }) => metadata.name));
  const perSlot = [blue, green].filter(slot => !brought.has(slot)).map(slot => serviceFor(slot, slot, around));
  const own = (around.manifest?.services ?? []).map(service => placed(service, around));
  return [...selected, ...perSlot, ...own, ...behind.map(route => routeFor(route, target, around))];
}

function serviceFor(name: string, slot: string, { namespace, targetPort }: Surroundings): KubernetesObject {
  const spec = { selector: { 'cutover/slot': slot }, ports: [{ name: 'http', port: 80, targetPort }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

/** The one of the manifest, or the plainest one of its kind. */
function routeFor(route: string, { slots }: TargetConfig, around: Surroundings): KubernetesObject {
  const { word, name } = routeName(route);
  const kind = backendKind(word);
  const brought = around.manifest?.others.find(one => one.kind === kind?.kind && one.metadata.name === name);
  if (brought) return placed(brought, around);
  const [resource] = kind?.resources ?? [];
  const apiVersion = `${resource?.group}/${resource?.version}`;
  const metadata = { name, namespace: around.namespace };
  return { apiVersion, kind: `${kind?.kind}`, metadata, spec: specFor(`${kind?.kind}`, slots) };
}

function specFor(kind: string, { blue, green }: TargetConfig['slots']): object {
  if (kind === 'Ingress') return { defaultBackend: { service: { name: blue, port: { number: 80 } } } };
  if (kind === 'VirtualService') {
    const to = (host: string, weight: number) => ({ destination: { host }, weight });
    return { hosts: ['*'], http: [{ route: [to(blue, 100), to(green, 0)] }] };
  }
  const to = (name: string, weight: number) => ({ name, port: 80, weight });
  return { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs: [to(blue, 1), to(green, 0)] }] };
}

function placed(object: KubernetesObject, { namespace }: Surroundings): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } };
}
