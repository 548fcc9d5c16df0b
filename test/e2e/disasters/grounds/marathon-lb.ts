import {
  type EmbeddedMarathon,
  type MarathonLb,
  startEmbeddedMarathon,
} from '../../../../src/embedded/marathon/index.js';
import { drainedTasks } from '../../../../src/embedded/marathon-lb/drain.js';
import type { Stage } from '../../../../src/rehearse/stage.js';
import { stageOf } from '../../../../src/rehearse/stages/marathon.js';
import { BLUE_VERSION, type Ground, type GroundTarget } from '../ground.js';
import { definition, IMAGE, newest, post, titleOf } from './marathon.js';
import { endedAtWork, STEPWISE } from './marathon-stepwise.js';

const INSTANCES = 2;

/** What marathon-lb reads, as its users write it. */
function labels(name: string, port: number) {
  return {
    HAPROXY_GROUP: 'external',
    HAPROXY_DEPLOYMENT_GROUP: name,
    HAPROXY_0_PORT: `${port}`,
    HAPROXY_0_MODE: 'http',
  };
}

/** What a release leaves on the app that serves. */
function blueLabels(name: string, port: number) {
  return {
    ...labels(name, port),
    CUTOVER_VERSION: BLUE_VERSION,
    CUTOVER_SLOT: `/${name}-blue`,
    HAPROXY_DEPLOYMENT_STARTED_AT: '2026-01-01T10:00:00',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(INSTANCES),
  };
}

/** Shops on an embedded DC/OS behind one marathon-lb, whose instances are exchanged one by one. */
export async function marathonLbGround(names: readonly string[]): Promise<Ground> {
  const platform = await startEmbeddedMarathon({ router: 'built-in', timing: { serverCheck: 3_000 } });
  const places = names.map((name, index) => ({ name, port: 10_900 + index }));
  for (const { name, port } of places) {
    const container = { type: 'DOCKER', docker: { image: `${IMAGE}:${BLUE_VERSION}` } };
    const blue = { ...definition(name), id: `/${name}-blue`, labels: blueLabels(name, port), container };
    await post(platform, '/service/marathon/v2/apps', blue);
  }
  const lb = await platform.startMarathonLb();
  await platform.settled({ withinMs: 60_000 });
  const targets = places.map(({ name, port }) => targetOf(platform, lb, name, port));
  const portOf = (name: string) => places.find(place => place.name === name)?.port ?? 0;
  const slots = targets.flatMap(target => Object.values(target.slots));
  const broken: string[] = [];
  const urls = targets.map(({ url }) => url);
  return {
    stage: watched(platform, stageOf(platform, urls, slots), targets, broken),
    targets,
    settings: {
      platform: 'marathon',
      marathon: {
        url: platform.url,
        router: 'marathon-lb',
        'load-balancers': [lb.statsUrl()],
        credentials: { token: platform.token() },
      },
      ...STEPWISE,
    },
    targetSettings: ({ name }) => ({
      manifest: `${name}.json`,
      image: `${IMAGE}:$\{VERSION}`,
      routes: [`marathon-lb/${name}/${portOf(name)}`],
    }),
    files: Object.fromEntries(
      places.map(({ name, port }) => [
        `${name}.json`,
        JSON.stringify({ ...definition(name), labels: labels(name, port) }),
      ]),
    ),
    titleOf,
    broken: () => [...broken, ...endedAtWork({ platform, targets })],
    state: () => stateOf(platform, targets),
    record: () => newest(platform, names[0] ?? '')?.labels.CUTOVER_RECORD,
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

function targetOf(platform: EmbeddedMarathon, lb: MarathonLb, name: string, port: number): GroundTarget {
  const slots = { blue: `/${name}-blue`, green: `/${name}-green` };
  const live = () => Object.values(slots).filter(slot => servedOf(platform, slots, slot) > 0);
  return { name, slots, url: lb.url(port), live: () => live().join('+') };
}

/** How many instances of a slot marathon-lb sends requests to, by its own rule. */
function servedOf(platform: EmbeddedMarathon, slots: GroundTarget['slots'], slot: string): number {
  const apps = Object.values(slots)
    .flatMap(id => platform.app(id) ?? [])
    .filter(app => app.labels.HAPROXY_GROUP !== undefined);
  const drained = drainedTasks(apps, platform.marathon.tasks);
  if (!apps.some(({ id }) => id === slot)) return 0;
  return platform.tasks(slot).filter(task => task.app.labels.HAPROXY_GROUP && task.isHealthy && !drained.has(task))
    .length;
}

/** What no request may ever do: leave users fewer instances than they had, or remove what still serves. */
function watched(platform: EmbeddedMarathon, stage: Stage, targets: readonly GroundTarget[], broken: string[]): Stage {
  const intercept: Stage['intercept'] = ({ onRequest, beforeAnswer }) =>
    stage.intercept({
      onRequest: request => {
        const { method, path } = request;
        if (/force=true/.test(path)) broken.push(`${method} ${path} was forced`);
        for (const { slots } of targets) {
          const removed = Object.values(slots).find(slot => path.includes(`/v2/apps${slot}?`));
          if (method === 'DELETE' && removed && servedOf(platform, slots, removed) > 0)
            broken.push(`P7: ${removed} was removed while it was live`);
        }
        return onRequest?.(request);
      },
      beforeAnswer: async request => {
        for (const { name, slots } of request.method === 'GET' ? [] : targets) {
          const served = Object.values(slots).reduce((sum, slot) => sum + servedOf(platform, slots, slot), 0);
          if (served < INSTANCES) broken.push(`P2: ${served} instances of ${name} served after ${titleOf(request)}`);
        }
        await beforeAnswer?.(request);
      },
    });
  intercept({});
  return { ...stage, intercept };
}

/** Everything but the moment at which green was started. */
function stateOf(platform: EmbeddedMarathon, targets: readonly GroundTarget[]): unknown {
  return targets.map(({ live, slots }) => ({
    live: live(),
    apps: Object.values(slots).map(slot => {
      const app = platform.app(slot);
      if (!app) return slot;
      const { HAPROXY_DEPLOYMENT_STARTED_AT: _at, ...labels } = app.labels;
      return { slot, instances: app.instances, labels, image: app.container?.docker?.image };
    }),
    tasks: Object.values(slots).map(slot => platform.tasks(slot).length),
  }));
}
