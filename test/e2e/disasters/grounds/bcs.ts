import { type DeploymentDefinition, type EmbeddedBcs, startEmbeddedBcs } from '../../../../src/embedded/bcs/index.js';
import type { Stage, StageRequest } from '../../../../src/rehearse/stage.js';
import { stageOf } from '../../../../src/rehearse/stages/bcs.js';
import { BLUE_VERSION, type Ground, type GroundTarget } from '../ground.js';

const IMAGE = 'registry.example/shop';
const NAMESPACE = 'defaultGroup';

/** As the repository has it: of the slot that it was first written for. */
function definition(name: string, version = 'latest', labels: Record<string, string> = {}): DeploymentDefinition {
  const container = {
    image: `${IMAGE}:${version}`,
    ports: [{ name: 'web', containerPort: 8000, protocol: 'HTTP' }],
    healthChecks: [{ type: 'REMOTE_HTTP' }],
  };
  const made = {
    apiVersion: 'v4',
    kind: 'deployment',
    metadata: { name: `${name}-blue`, namespace: NAMESPACE, labels: { app: name, appname: `${name}-blue`, ...labels } },
    spec: { instance: 2, template: { spec: { containers: [container], networkMode: 'BRIDGE' } } },
  };
  return made;
}

function service(name: string, servicePort: number) {
  return {
    apiVersion: 'v4',
    kind: 'service',
    metadata: { name, namespace: NAMESPACE, labels: { BCSGROUP: 'lb' } },
    spec: { selector: { appname: `${name}-blue` }, ports: [{ name: 'web', protocol: 'TCP', servicePort }] },
  };
}

/** Shops on a Mesos cluster of BCS, each behind a port of the load balancer. */
export async function bcsGround(names: readonly string[]): Promise<Ground> {
  const platform = await startEmbeddedBcs({ timing: { second: 4, linger: 500 } });
  const labels = (name: string) => ({ 'cutover.slot': `${name}-blue`, 'cutover.version': BLUE_VERSION });
  await platform.seed({
    deployments: names.map(name => definition(name, BLUE_VERSION, labels(name))),
    services: names.map((name, index) => service(name, 8080 + index)),
  });
  const targets = names.map(name => targetOf(platform, name));
  const broken: string[] = [];
  const urls = targets.map(({ url }) => url);
  return {
    stage: watched(stageOf(platform, urls), targets, broken),
    targets,
    settings: {
      platform: 'bcs',
      bcs: {
        orchestrator: 'mesos',
        cluster: platform.clusterId,
        api: platform.url,
        token: platform.token,
        'read-lag': '300ms',
        'load-balancer-lag': '100ms',
      },
    },
    targetSettings: ({ name }) => ({
      manifest: `${name}.json`,
      image: `${IMAGE}:$\{VERSION}`,
      routes: [`service/${name}`],
    }),
    files: Object.fromEntries(names.map(name => [`${name}.json`, JSON.stringify(definition(name))])),
    titleOf,
    broken: () => broken,
    state: () => stateOf(platform, targets),
    record: () => newestRecord(platform, names[0] ?? ''),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

function targetOf(platform: EmbeddedBcs, name: string): GroundTarget {
  return {
    name,
    slots: { blue: `${name}-blue`, green: `${name}-green` },
    url: platform.liveUrl(NAMESPACE, name),
    live: () => liveOf(platform, name),
  };
}

/** The deployments that the service selects, as the scheduler has both. */
function liveOf(platform: EmbeddedBcs, name: string): string {
  const selector = Object.entries(platform.scheduler.services.get(`${NAMESPACE}/${name}`)?.spec.selector ?? {});
  const slots = [`${name}-blue`, `${name}-green`];
  const isSelected = (slot: string) => {
    const labels = platform.scheduler.deployments.get(`${NAMESPACE}/${slot}`)?.definition.metadata.labels;
    return labels !== undefined && selector.every(([key, value]) => labels[key] === value);
  };
  return slots.filter(isSelected).join('+');
}

/** What no request may ever do: send users nowhere or to both slots, or remove what is live. */
function watched(stage: Stage, targets: readonly GroundTarget[], broken: string[]): Stage {
  // A deployment that is ordered away is there for a moment, so that what is live is asked for beforehand.
  const before = new Map<string, string>();
  const look = () => {
    for (const target of targets) before.set(target.name, target.live());
  };
  const watch = ({ method, path, mutating, status }: StageRequest) => {
    if (!mutating || status >= 300) return;
    for (const { name, slots, live } of targets) {
      const now = live();
      if (now === '') broken.push(`P2: the route of ${name} selected nothing`);
      if (now.includes('+')) broken.push(`P3: the route of ${name} selected ${now}`);
      const removed = Object.values(slots).find(slot => path.includes(`/deployments/${slot}`));
      if (method === 'DELETE' && removed !== undefined && removed === before.get(name))
        broken.push(`P7: ${removed} was removed while it was live`);
      if (/enforce=1/.test(path)) broken.push(`${method} ${path} was forced`);
    }
  };
  const intercept: Stage['intercept'] = ({ onRequest, beforeAnswer }) =>
    stage.intercept({
      onRequest: request => {
        look();
        return onRequest?.(request);
      },
      beforeAnswer: async request => {
        watch(request);
        await beforeAnswer?.(request);
      },
    });
  intercept({});
  return { ...stage, intercept };
}

function titleOf({ method, path }: StageRequest): string {
  const [, resource = path] = /(?:namespaces\/[^/]+|clusters\/[^/]+|definition)\/([^?]*)/.exec(path) ?? [];
  return `${method} ${resource.replace(/^namespaces\/[^/]+\//, '').replace(/-r\d+$/, '-rREVISION')}`;
}

/** Records count up, and some are left to whoever writes next: the newest one is what counts. */
function newestRecord(platform: EmbeddedBcs, release: string): string | undefined {
  const numbers = [...platform.scheduler.configMaps.keys()].map(key => Number(key.split(`cutover-${release}-r`)[1]));
  const newest = Math.max(0, ...numbers.filter(Number.isInteger));
  const map = platform.scheduler.configMaps.get(`${NAMESPACE}/cutover-${release}-r${newest}`);
  const { content } = (map?.datas?.['record.json'] ?? {}) as { readonly content?: string };
  return content === undefined ? undefined : Buffer.from(content, 'base64').toString('utf8');
}

function stateOf(platform: EmbeddedBcs, targets: readonly GroundTarget[]): unknown {
  return targets.map(({ name, slots }) => ({
    selector: platform.scheduler.services.get(`${NAMESPACE}/${name}`)?.spec.selector,
    deployments: Object.values(slots).map(slot => {
      const { definition, application } = platform.scheduler.deployments.get(`${NAMESPACE}/${slot}`) ?? {};
      if (!definition) return slot;
      return { metadata: definition.metadata, instances: application?.instance, running: application?.running };
    }),
  }));
}
