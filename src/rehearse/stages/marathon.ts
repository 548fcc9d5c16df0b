/** Rehearsals on the embedded DC/OS: pools as the routes suppose them, and a token that leads there. */
import type { Config, TargetConfig } from '../../config/schema.js';
import {
  type App,
  type EmbeddedMarathon,
  type RunningInstance,
  startEmbeddedMarathon,
} from '../../embedded/marathon/index.js';
import { appId } from '../../platforms/marathon/apps.js';
import { readDefinition } from '../../platforms/marathon/definition.js';
import { VERSION_LABEL } from '../../platforms/marathon/objects.js';
import { poolRoute } from '../../platforms/marathon/routes.js';
import { portNames } from '../../platforms/marathon/tasks.js';
import type { Stage, StageFault, StageOptions } from '../stage.js';

export async function openStage({ config, workspace, standIn }: StageOptions): Promise<Stage> {
  const behaviour = (app: App) => {
    const { version, crashes, answers } = standIn(app.labels[VERSION_LABEL]);
    return { version, answers, ...(crashes ? { start: 'crash' as const } : {}) };
  };
  const platform = await startEmbeddedMarathon({ behaviour, router: 'built-in' });
  try {
    const places = await placesOf(config, workspace);
    for (const pool of poolsOf(places)) await post(platform, '/service/edgelb/v2/pools', pool);
    await platform.settled();
    const slots = config.targets.flatMap(target => Object.values(target.slots));
    return stageOf(platform, liveUrls(platform, config, places), slots);
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
}

/** A stage on a platform that serves already. */
export function stageOf(platform: EmbeddedMarathon, urls: readonly string[], slots: readonly string[]): Stage {
  const marathon = { url: platform.url, router: 'edge-lb', statistics: 'required', 'load-balancers': [] };
  return {
    title: `an embedded DC/OS serves on ${platform.url}`,
    redirection: { settings: { marathon: { ...marathon, credentials: { token: platform.token() } } }, liveUrls: urls },
    requests: () => platform.requests.all,
    intercept: ({ onRequest = () => undefined, beforeAnswer = () => undefined }) => {
      Object.assign(platform.interception, { onRequest, beforeAnswer });
    },
    // The record of a release is an app; that it is created says its body, not its path.
    isRecord: ({ path }) => /\/cutover-|label=CUTOVER_RELEASE/.test(path),
    refusal,
    instances: version => instancesOf(platform, slots, version),
    // A busy machine takes its time, and nobody is kept waiting by it who does not have to be.
    settled: () => platform.settled({ withinMs: 60_000 }),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

/** Marathon's own words, or the gateway's page where it is the one who refuses. */
function refusal(status: number): StageFault {
  if (status === 401 || status === 403) {
    const headers = { 'content-type': 'text/html', ...(status === 401 ? { 'www-authenticate': 'acsjwt' } : {}) };
    return { status, headers, body: `<html><head><title>${status}</title></head><body>rehearsed</body></html>` };
  }
  const message = `Rehearsed refusal ${status}`;
  const locked = status === 409 ? { deployments: [{ id: 'rehearsed' }] } : {};
  return { status, headers: status === 429 ? { 'retry-after': '1' } : {}, body: { message, ...locked } };
}

function instancesOf(
  platform: EmbeddedMarathon,
  slots: readonly string[],
  version: string,
): readonly RunningInstance[] {
  return slots.flatMap(slot => platform.instances(appId(slot))).filter(one => one.identity.version === version);
}

/** A backend that a target is reached by, on a port of its own. */
interface Place {
  readonly target: TargetConfig;
  readonly pool: string;
  readonly backend: string;
  readonly portName: string | undefined;
  readonly bindPort: number;
}

async function placesOf(config: Config, workspace: string): Promise<readonly Place[]> {
  const found = await Promise.all(
    config.targets.map(async target => {
      const { definition } = await readDefinition(target, workspace);
      const portName = definition && portNames(definition)[0];
      return target.routes.flatMap(route => {
        const place = poolRoute(route);
        return place ? [{ target, ...place, portName }] : [];
      });
    }),
  );
  return found.flat().map((place, index) => ({ ...place, bindPort: 10_080 + index }));
}

/** Every pool with the backends that routes name; all of them go to the slots that are called blue. */
function poolsOf(places: readonly Place[]): readonly object[] {
  return [...new Set(places.map(({ pool }) => pool))].map(name => {
    const own = places.filter(({ pool }) => pool === name);
    const frontends = own.map(({ backend, bindPort }) => ({
      bindPort,
      protocol: 'HTTP',
      linkBackend: { defaultBackend: backend },
    }));
    const backends = own.map(({ backend, target, portName }) => ({
      name: backend,
      protocol: 'HTTP',
      services: [
        {
          marathon: { serviceID: appId(target.slots.blue) },
          endpoint: portName === undefined ? { allPorts: true } : { portName },
        },
      ],
    }));
    return { apiVersion: 'V2', name, count: 1, haproxy: { frontends, backends } };
  });
}

function liveUrls(platform: EmbeddedMarathon, config: Config, places: readonly Place[]): readonly string[] {
  return config.targets.map(target => {
    const place = places.find(one => one.target === target);
    return place ? platform.poolUrl(place.pool, place.bindPort) : '';
  });
}

async function post(platform: EmbeddedMarathon, path: string, body: object): Promise<void> {
  const headers = { authorization: `token=${platform.token()}`, 'content-type': 'application/json' };
  const answer = await fetch(`${platform.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${await answer.text()}`);
}
