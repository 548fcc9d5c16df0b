import { type EmbeddedMarathon, startEmbeddedMarathon } from '../../../../src/embedded/marathon/index.js';
import type { Stage, StageRequest } from '../../../../src/rehearse/stage.js';
import { stageOf } from '../../../../src/rehearse/stages/marathon.js';
import { BLUE_VERSION, type Ground, type GroundTarget } from '../ground.js';

export const IMAGE = 'registry.example/shop';

/** A ground whose platform other grounds can look into. */
export interface MarathonGround extends Ground {
  readonly platform: EmbeddedMarathon;
}

export function definition(name: string) {
  return {
    id: `/${name}`,
    cmd: '/start $PORT0',
    instances: 2,
    cpus: 0.1,
    mem: 32,
    container: { type: 'DOCKER', docker: { image: IMAGE } },
    portDefinitions: [{ name: 'web', protocol: 'tcp', port: 0 }],
    // A busy machine is slow to answer: that is no reason to end an instance.
    healthChecks: [
      { portIndex: 0, path: '/healthz', protocol: 'HTTP', timeoutSeconds: 3_000, maxConsecutiveFailures: 0 },
    ],
  };
}

function pool(name: string, bindPort: number) {
  const services = [{ marathon: { serviceID: `/${name}-blue` }, endpoint: { portName: 'web' } }];
  return {
    apiVersion: 'V2',
    name,
    count: 1,
    haproxy: {
      frontends: [{ bindPort, protocol: 'HTTP', linkBackend: { defaultBackend: 'web' } }],
      backends: [{ name: 'web', protocol: 'HTTP', services }],
    },
  };
}

/** Shops on an embedded DC/OS, each behind a pool of its own. */
export async function marathonGround(names: readonly string[]): Promise<MarathonGround> {
  const platform = await startEmbeddedMarathon({ router: 'built-in', timing: { serverCheck: 3_000 } });
  for (const [index, name] of names.entries()) {
    await post(platform, '/service/edgelb/v2/pools', pool(name, 80 + index));
    const labels = { CUTOVER_VERSION: BLUE_VERSION, CUTOVER_SLOT: `/${name}-blue` };
    const container = { type: 'DOCKER', docker: { image: `${IMAGE}:${BLUE_VERSION}` } };
    await post(platform, '/service/marathon/v2/apps', { ...definition(name), id: `/${name}-blue`, labels, container });
  }
  await platform.settled({ withinMs: 60_000 });
  const targets = names.map((name, index) => targetOf(platform, name, 80 + index));
  const broken: string[] = [];
  const slots = targets.flatMap(target => Object.values(target.slots));
  const urls = targets.map(({ url }) => url);
  return {
    platform,
    stage: watched(stageOf(platform, urls, slots), targets, broken),
    targets,
    settings: {
      platform: 'marathon',
      marathon: { url: platform.url, credentials: { token: platform.token() } },
    },
    targetSettings: ({ name }) => ({
      manifest: `${name}.json`,
      image: `${IMAGE}:$\{VERSION}`,
      routes: [`pool/${name}/web`],
    }),
    files: Object.fromEntries(names.map(name => [`${name}.json`, JSON.stringify(definition(name))])),
    titleOf,
    broken: () => broken,
    state: () => stateOf(platform, targets),
    record: () => newest(platform, names[0] ?? '')?.labels.CUTOVER_RECORD,
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

function targetOf(platform: EmbeddedMarathon, name: string, port: number): GroundTarget {
  return {
    name,
    slots: { blue: `/${name}-blue`, green: `/${name}-green` },
    url: platform.poolUrl(name, port),
    live: () => servicesOf(platform, name).join('+'),
  };
}

function servicesOf(platform: EmbeddedMarathon, name: string): readonly string[] {
  const [backend] = platform.pool(name).haproxy.backends;
  return (backend?.services ?? []).map(({ marathon }) => String(marathon?.serviceID));
}

/** What no request may ever do: send users nowhere or to both slots, or remove what is live. */
function watched(stage: Stage, targets: readonly GroundTarget[], broken: string[]): Stage {
  const watch = ({ method, path, status }: StageRequest) => {
    if (method === 'GET' || status >= 300) return;
    for (const { name, slots, live } of targets) {
      const now = live();
      if (now === '') broken.push(`P2: the route of ${name} selected nothing`);
      if (now.includes('+')) broken.push(`P3: the route of ${name} selected ${now}`);
      const removed = Object.values(slots).find(slot => path.includes(`/v2/apps${slot}?`));
      if (method === 'DELETE' && removed === now) broken.push(`P7: ${now} was removed while it was live`);
      if (/force=true/.test(path)) broken.push(`${method} ${path} was forced`);
    }
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

export function titleOf({ method, path }: StageRequest): string {
  const [, api = '', resource = path] = /^\/service\/([^/]+)\/v2\/([^?]*)/.exec(path) ?? [];
  return `${method} ${api} ${resource.replace(/\/r\d+$/, '/REVISION').replace(/deployments\/.+/, 'deployments/ID')}`;
}

/** Records count up, and some are left to whoever writes next: the newest one is what counts. */
export function newest(platform: EmbeddedMarathon, release: string) {
  for (let number = 400; number > 0; number--) {
    const app = platform.app(`/cutover-${release}/r${number}`);
    if (app) return app;
  }
  return undefined;
}

function stateOf(platform: EmbeddedMarathon, targets: readonly GroundTarget[]): unknown {
  return targets.map(({ name, slots }) => ({
    services: servicesOf(platform, name),
    apps: Object.values(slots).map(slot => {
      const app = platform.app(slot);
      return app ? { slot, instances: app.instances, labels: app.labels, image: app.container?.docker?.image } : slot;
    }),
    tasks: Object.values(slots).map(slot => platform.tasks(slot).length),
  }));
}

export async function post(platform: EmbeddedMarathon, path: string, body: object): Promise<void> {
  const headers = { authorization: `token=${platform.token()}`, 'content-type': 'application/json' };
  const answer = await fetch(`${platform.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${await answer.text()}`);
}
