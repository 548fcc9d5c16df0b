import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../../src/embedded/kubernetes/index.js';
import { CLUSTER, MANIFEST, NAMESPACE } from '../../../../src/rehearse/demo-shop.js';
import type { Stage, StageRequest } from '../../../../src/rehearse/stage.js';
import { stageOf } from '../../../../src/rehearse/stages/kubernetes.js';
import type { Ground, GroundTarget } from '../ground.js';

const TIMING = { controllers: 1, containerStart: 5, readyAfter: 30, propagation: 5, grace: 3_000, linger: 500 };

/** The demo's shop on the embedded Kubernetes, and more shops of other names. */
export async function kubernetesGround(names: readonly string[]): Promise<Ground> {
  const platform = await startEmbeddedKubernetes({ timing: TIMING });
  for (const name of names) await platform.apply(named(CLUSTER, name));
  await platform.settled();
  const targets = names.map(name => targetOf(platform, name));
  const removals: string[] = [];
  const urls = targets.map(({ url }) => url);
  return {
    stage: watched(stageOf(platform, urls), targets, removals),
    targets,
    settings: { kubeconfig: platform.kubeconfig() },
    targetSettings: ({ name }) => ({
      manifest: `k8s/${name}.yaml`,
      image: `registry.example/shop:$\{VERSION}`,
      routes: [`service/${name}`],
    }),
    files: Object.fromEntries(names.map(name => [`k8s/${name}.yaml`, named(MANIFEST, name)])),
    titleOf,
    broken: () => [...removals, ...targets.flatMap(target => brokenRouting(platform, target))],
    state: () => stateOf(platform, targets),
    record: () => recordOf(platform, names[0] ?? ''),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

/** The same objects under another name. */
function named(yaml: string, name: string): string {
  return yaml
    .replaceAll(/\bshop(-blue|-green|-settings)?$/gm, `${name}$1`)
    .replaceAll('app: shop', `app: ${name}`)
    .replaceAll('cutover/slot: shop-', `cutover/slot: ${name}-`)
    .replaceAll(`namespace: ${name}`, `namespace: ${NAMESPACE}`);
}

function targetOf(platform: EmbeddedKubernetes, name: string): GroundTarget {
  return {
    name,
    slots: { blue: `${name}-blue`, green: `${name}-green` },
    url: platform.serviceUrl(NAMESPACE, name),
    live: () => selectorOf(platform, name)?.['cutover/slot'] ?? '',
  };
}

/** Whether a workload is live at the moment at which somebody removes it (P7). */
function watched(stage: Stage, targets: readonly GroundTarget[], removals: string[]): Stage {
  const watch = ({ method, path, status }: StageRequest) => {
    const [, slot] = /\/deployments\/([^/?]+)/.exec(path) ?? [];
    const isLive = targets.some(target => target.live() === slot);
    if (method === 'DELETE' && status < 300 && isLive) removals.push(`P7: ${slot} was removed while it was live`);
  };
  const intercept: Stage['intercept'] = ({ onRequest, beforeAnswer }) =>
    stage.intercept({
      ...(onRequest ? { onRequest } : {}),
      beforeAnswer: async request => {
        watch(request);
        await beforeAnswer?.(request);
      },
    });
  intercept({});
  return { ...stage, intercept };
}

function titleOf({ method, path }: StageRequest): string {
  const [, resource = path] = /\/(?:v1|v2)\/(?:namespaces\/[^/]+\/)?([^?]*)/.exec(path) ?? [];
  const kind = /[?&]watch=/.test(path) ? ' (watch)' : /[?&]dryRun=/.test(path) ? ' (dry run)' : '';
  return `${method} ${resource.replace(/pods\/[^/]+/, 'pods/POD')}${kind}`;
}

function selectorOf(platform: EmbeddedKubernetes, name: string): Readonly<Record<string, string>> | undefined {
  const service = platform.objects('Service', NAMESPACE).find(({ metadata }) => metadata.name === name);
  return (service?.spec as { selector?: Record<string, string> } | undefined)?.selector;
}

function brokenRouting(platform: EmbeddedKubernetes, { name, slots }: GroundTarget): readonly string[] {
  const moments = platform.routing(NAMESPACE, name).map(moment => moment.slots.join('+'));
  const wrong = moments.slice(moments.indexOf(slots.blue)).filter(each => each === '' || each.includes('+'));
  return wrong.map(each =>
    each === '' ? `P2: the route of ${name} selected nothing` : `P3: the route of ${name} selected ${each}`,
  );
}

function recordOf(platform: EmbeddedKubernetes, release: string): string | undefined {
  const map = platform.objects('ConfigMap', NAMESPACE).find(({ metadata }) => metadata.name === `cutover-${release}`);
  return (map?.data as { record?: string } | undefined)?.record;
}

function stateOf(platform: EmbeddedKubernetes, targets: readonly GroundTarget[]): unknown {
  const names = (kind: string) => platform.objects(kind, NAMESPACE).map(one => one.metadata.name);
  return {
    deployments: platform.objects('Deployment', NAMESPACE).map(({ metadata, spec }) => {
      const { replicas, selector, template } = spec as Record<string, unknown>;
      return { name: metadata.name, replicas, selector, template };
    }),
    selectors: targets.map(({ name }) => selectorOf(platform, name)),
    configMaps: names('ConfigMap').sort(),
    budgets: names('PodDisruptionBudget').sort(),
    pods: names('Pod').length,
  };
}
