import { type EmbeddedCloudFoundry, startEmbeddedCloudFoundry } from '../../../../src/embedded/cloudfoundry/index.js';
import type { Stage, StageRequest } from '../../../../src/rehearse/stage.js';
import { sectionFor, stageOf } from '../../../../src/rehearse/stages/cloud-foundry.js';
import { BLUE_VERSION, type Ground, type GroundTarget } from '../ground.js';

const IMAGE = 'registry.example/shop';
const PLACE = { organization: 'rehearsal', space: 'rehearsal', domain: 'example.test' };

/** Instances of each slot. */
const SIZE = 2;

const MANIFEST = `applications:
- name: app
  memory: 64M
  instances: 2
  health-check-type: http
  health-check-http-endpoint: /healthz
`;

/** Shops on an embedded Cloud Foundry, each behind a route of its own. */
export async function cloudFoundryGround(names: readonly string[]): Promise<Ground> {
  const platform = await startEmbeddedCloudFoundry();
  for (const name of names) {
    const blue = {
      name: `${name}-blue`,
      image: `${IMAGE}:${BLUE_VERSION}`,
      instances: SIZE,
      labels: { 'cutover-slot': `${name}-blue` },
      annotations: { 'cutover-version': BLUE_VERSION },
    };
    await platform.seed({ ...PLACE, apps: [blue], routes: { [`${name}.example.test`]: [blue.name] } });
  }
  const targets = await Promise.all(names.map(name => targetOf(platform, name)));
  const broken: string[] = [];
  const urls = targets.map(({ url }) => url);
  const { probes, propagation, linger, ...section } = sectionFor(platform) as Record<string, unknown>;
  return {
    stage: watched(platform, stageOf(platform, urls), targets, broken),
    targets,
    settings: {
      platform: 'cloud-foundry',
      switch: { hold: '100ms' },
      'cloud-foundry': { ...section, probes, propagation: `${propagation}ms`, linger: `${linger}ms` },
    },
    targetSettings: ({ name }) => ({
      manifest: 'manifest.yml',
      image: `${IMAGE}:$\{VERSION}`,
      routes: [`route/${name}.example.test`],
    }),
    files: { 'manifest.yml': MANIFEST },
    titleOf,
    broken: () => broken,
    state: () => stateOf(platform, targets),
    record: () => newest(platform, names[0] ?? ''),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

async function targetOf(platform: EmbeddedCloudFoundry, name: string): Promise<GroundTarget> {
  const slots = { blue: `${name}-blue`, green: `${name}-green` };
  return {
    name,
    slots,
    url: await platform.liveUrl(`${name}.example.test`),
    live: () => {
      const route = [...platform.database.routes.values()].find(({ host }) => host === name);
      const apps = (route?.destinations ?? []).map(({ app }) => app);
      return Object.values(slots)
        .filter(slot => apps.includes(platform.app(slot)?.guid ?? ''))
        .join('+');
    },
  };
}

/** What no request may ever do: send users nowhere, replace destinations, or end what is live. Both slots are a stage here. */
function watched(
  platform: EmbeddedCloudFoundry,
  stage: Stage,
  targets: readonly GroundTarget[],
  broken: string[],
): Stage {
  const watch = ({ method, path, status }: StageRequest) => {
    if (method === 'GET' || status >= 300) return;
    if (method === 'PATCH' && path.includes('/destinations'))
      broken.push(`P4: ${method} ${path} replaced destinations`);
    for (const { name, slots, live } of targets) {
      const now = live();
      if (now === '') broken.push(`P2: the route of ${name} led nowhere`);
      const running = now
        .split('+')
        .map(slot => platform.instances(slot).filter(one => one.state === 'RUNNING').length);
      if (Math.max(...running) < SIZE) broken.push(`P6: none of ${now} could serve alone: ${running} run`);
      const ended = Object.values(slots).find(
        slot => path.includes(`/apps/${platform.app(slot)?.guid}`) && /^DELETE|\/stop$/.test(`${method}${path}`),
      );
      if (ended !== undefined && now.split('+').includes(ended))
        broken.push(`P7: ${ended} was ended while it was live`);
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

function titleOf({ method, path }: StageRequest): string {
  const [resource = path, query = ''] = path.replace(/^\/v3\//, '').split('?');
  const kind = /(names|label_selector|hosts|route_guids|app_guids)=/.exec(query)?.[1];
  return `${method} ${resource.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'GUID')}${kind ? ` by ${kind}` : ''}`;
}

/** Records count up, and some are left to whoever writes next: the newest one is what counts. */
function newest(platform: EmbeddedCloudFoundry, release: string): string | undefined {
  const records = [...platform.database.apps.values()].filter(({ labels }) => labels['cutover-release'] === release);
  const number = ({ name }: { name: string }) => Number(/\d+$/.exec(name)?.[0]);
  const [last] = records.toSorted((one, other) => number(other) - number(one));
  if (!last) return undefined;
  const pieces = Number(last.annotations['cutover-record-pieces']);
  return Array.from({ length: pieces }, (_, index) => last.annotations[`cutover-record-${index}`]).join('');
}

function stateOf(platform: EmbeddedCloudFoundry, targets: readonly GroundTarget[]): unknown {
  return targets.map(({ slots, live }) => ({
    live: live(),
    apps: Object.values(slots).map(slot => {
      const app = platform.app(slot);
      return app
        ? {
            slot,
            state: app.state,
            version: app.annotations['cutover-version'],
            instances: platform.instances(slot).length,
          }
        : slot;
    }),
    routes: [...platform.database.routes.values()].map(({ host }) => host).sort(),
  }));
}
