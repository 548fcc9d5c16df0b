/** Rehearsals on the embedded Cloud Foundry: the routes, services and droplets that a release supposes to be there. */
import type { CloudFoundryConfig, TargetConfig } from '../../config/schema.js';
import {
  type App,
  type EmbeddedCloudFoundry,
  type Instance,
  type Seed,
  startEmbeddedCloudFoundry,
} from '../../embedded/cloudfoundry/index.js';
import { readDefinition } from '../../platforms/cloudfoundry/definition.js';
import { MAKING_ANNOTATION, VERSION_ANNOTATION } from '../../platforms/cloudfoundry/objects.js';
import { routeName } from '../../platforms/cloudfoundry/routes.js';
import type { Redirection, Stage, StageFault, StageOptions } from '../stage.js';

/** The embedded routers follow within a tenth of a second. */
const PACE = { probes: 3, proof: 'instances', propagation: 200, linger: 300 } as const;

export async function openStage({ config, workspace, standIn }: StageOptions): Promise<Stage> {
  const behaviour = ({ annotations }: App) => {
    const { version, crashes, answers } = standIn(annotations[VERSION_ANNOTATION] ?? annotations[MAKING_ANNOTATION]);
    return { version, answers, ...(crashes ? { start: 'crash' as const } : {}) };
  };
  const platform = await startEmbeddedCloudFoundry({ behaviour });
  try {
    for (const target of config.targets) {
      for (const seed of await seedsOf(target, config['cloud-foundry'], workspace)) await platform.seed(seed);
    }
    const liveUrls = await Promise.all(config.targets.map(target => liveUrl(platform, target)));
    return stageOf(platform, liveUrls, config['cloud-foundry']);
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
}

/** A stage on a platform that serves already. */
export function stageOf(
  platform: EmbeddedCloudFoundry,
  liveUrls: readonly string[],
  section?: CloudFoundryConfig,
): Stage {
  return {
    title: `an embedded Cloud Foundry serves on ${platform.url}`,
    redirection: { settings: { 'cloud-foundry': sectionFor(platform, section) }, liveUrls },
    requests: () => platform.requests.all,
    intercept: ({ onRequest = () => undefined, beforeAnswer = () => undefined }) => {
      Object.assign(platform.interception, { onRequest, beforeAnswer });
    },
    // The record of a release is an app; that it is created says its body, not its path.
    isRecord: ({ path }) => /label_selector=cutover-release/.test(path),
    refusal,
    instances: version => instancesOf(platform, version),
    settled: () => platform.settled(),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

/** Where a release is led: every foundation of the configuration is this one. */
export function sectionFor(platform: EmbeddedCloudFoundry, section?: CloudFoundryConfig): Redirection['settings'] {
  const { name: user, password } = platform.user;
  const { org, space } = placeOf(section);
  const foundations = Object.keys(section?.foundations ?? {}).map(name => [name, {}]);
  return {
    api: platform.url,
    org,
    space,
    credentials: { user, password },
    routers: platform.routers.map(({ port }) => `http://127.0.0.1:${port}`),
    ...PACE,
    foundations: Object.fromEntries(foundations),
  };
}

function placeOf(section: CloudFoundryConfig | undefined): { readonly org: string; readonly space: string } {
  return { org: section?.org ?? 'rehearsal', space: section?.space ?? 'rehearsal' };
}

/** The Cloud Controller's own words. */
function refusal(status: number): StageFault {
  const [code, title] = STATUS_ERRORS[status] ?? [10001, 'CF-UnknownError'];
  const errors = [{ code, title, detail: `Rehearsed refusal ${status}` }];
  return { status, headers: status === 429 ? { 'retry-after': '1' } : {}, body: { errors } };
}

const STATUS_ERRORS: Readonly<Record<number, readonly [number, string]>> = {
  401: [1000, 'CF-InvalidAuthToken'],
  403: [10003, 'CF-NotAuthorized'],
  404: [10010, 'CF-ResourceNotFound'],
  422: [10008, 'CF-UnprocessableEntity'],
  429: [10013, 'CF-RateLimitExceeded'],
  503: [10015, 'CF-ServiceUnavailable'],
};

function instancesOf({ diego }: EmbeddedCloudFoundry, version: string): readonly Instance[] {
  return [...diego.instances].flatMap(({ program }) => (program?.identity.version === version ? [program] : []));
}

/** What a target's routes, services and source suppose to be there. */
async function seedsOf(
  target: TargetConfig,
  section: CloudFoundryConfig | undefined,
  workspace: string,
): Promise<readonly Seed[]> {
  const place = placeOf(section);
  const { fields, source } = await readDefinition(target, workspace);
  const services = (Array.isArray(fields.services) ? fields.services : []).map(one =>
    String((one as { name?: string }).name ?? one),
  );
  const where = { organization: place.org, space: place.space, domain: 'rehearsal.test' };
  const routes = target.routes.flatMap(route => {
    const name = routeName(route);
    return name ? [{ ...where, domain: domainOf(name.host), routes: { [`${name.host}${name.path}`]: [] } }] : [];
  });
  if (source?.kind !== 'droplet') return [{ ...where, services }, ...routes];
  const { app, org: organization = place.org, space = place.space } = source;
  return [
    { ...where, services },
    ...routes,
    { ...where, organization, space, apps: [{ name: app, isStarted: false }] },
  ];
}

/** The user's domains are not known here: each host is taken for the first label of one. */
function domainOf(host: string): string {
  return host.includes('.') ? host.slice(host.indexOf('.') + 1) : host;
}

async function liveUrl(platform: EmbeddedCloudFoundry, { routes: [first = ''] }: TargetConfig): Promise<string> {
  const name = routeName(first);
  return name ? platform.liveUrl(`${name.host}${name.path}`) : '';
}
