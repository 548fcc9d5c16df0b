/** Rehearsals on the embedded Kubernetes: Services as the routes suppose them, a kubeconfig that leads there. */
import type { Config, TargetConfig } from '../../config/schema.js';
import {
  type EmbeddedKubernetes,
  type Instance,
  type Pod,
  startEmbeddedKubernetes,
} from '../../embedded/kubernetes/index.js';
import { readManifest } from '../../platforms/kubernetes/manifest.js';
import { isServiceRoute, routeName } from '../../platforms/kubernetes/routes.js';
import type { Stage, StageFault, StageOptions } from '../stage.js';
import { frontsOf } from './kubernetes-routes.js';

const VERSION_ANNOTATION = 'cutover/version';

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export async function openStage({ config, workspace, standIn }: StageOptions): Promise<Stage> {
  const behaviour = (pod: Pod) => {
    const { version, crashes, answers } = standIn(pod.metadata.annotations?.[VERSION_ANNOTATION]);
    return { version, answers, ...(crashes ? { start: 'crash' as const } : {}) };
  };
  const platform = await startEmbeddedKubernetes({ behaviour });
  try {
    const places = await Promise.all(config.targets.map(target => placeOf(target, config, workspace)));
    await platform.apply(places.flatMap(({ namespace, objects }) => [namespaceOf(namespace), ...objects]));
    await platform.settled();
    const liveUrls = places.map(({ namespace, front }) => liveUrl(platform, namespace, front));
    return stageOf(platform, liveUrls);
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
}

function liveUrl(platform: EmbeddedKubernetes, namespace: string, front: string | undefined): string {
  if (front === undefined) return '';
  return isServiceRoute(front)
    ? platform.serviceUrl(namespace, routeName(front).name)
    : platform.routeUrl(namespace, front);
}

/** A stage on a platform that serves already. */
export function stageOf(platform: EmbeddedKubernetes, liveUrls: readonly string[]): Stage {
  return {
    title: `an embedded Kubernetes serves on ${platform.url}`,
    redirection: { settings: { kubeconfig: platform.kubeconfig(), context: null }, liveUrls },
    requests: () => platform.requests.all,
    intercept: ({ onRequest = () => undefined, beforeAnswer = () => undefined }) => {
      Object.assign(platform.interception, { onRequest, beforeAnswer });
    },
    isRecord: ({ path }) => /\/configmaps\/cutover-/.test(path),
    refusal,
    instances: version => instancesOf(platform, version),
    settled: () => platform.settled(),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

function refusal(status: number): StageFault {
  const reason = REASONS[status] ?? 'InternalError';
  const headers: Readonly<Record<string, string>> = status === 429 ? { 'retry-after': '1' } : {};
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason,
    message: `${reason}: rehearsed`,
    code: status,
  };
  return { status, headers, body };
}

function instancesOf(platform: EmbeddedKubernetes, version: string): readonly Instance[] {
  const namespaces = new Set(platform.objects<Pod>('pods').map(pod => pod.metadata.namespace ?? 'default'));
  const instances = [...namespaces].flatMap(namespace => platform.instances(namespace));
  return instances.filter(({ identity }) => identity.version === version);
}

function namespaceOf(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

interface Place {
  readonly namespace: string;
  /** The route that the stage's users come in by: the one furthest out; undefined for a worker without a route. */
  readonly front: string | undefined;
  readonly objects: readonly object[];
}

/** Where a target's objects are, and what stands in front of them. */
async function placeOf(target: TargetConfig, config: Config, workspace: string): Promise<Place> {
  const { manifest } = await readManifest(target, workspace);
  const namespace = target.namespace ?? manifest?.workload.metadata.namespace ?? config.namespace ?? 'default';
  const ports = manifest?.workload.spec.template.spec.containers.flatMap(container => container.ports ?? []) ?? [];
  const targetPort = ports[0]?.name ?? ports[0]?.containerPort ?? 8080;
  const objects = frontsOf(target, { namespace, manifest, targetPort });
  return { namespace, front: target.routes.find(route => !isServiceRoute(route)) ?? target.routes[0], objects };
}
