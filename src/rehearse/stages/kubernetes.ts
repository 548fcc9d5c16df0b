/** Rehearsals on the embedded Kubernetes: Services as the routes suppose them, a kubeconfig that leads there. */
import type { Config, TargetConfig } from '../../config/schema.js';
import {
  type EmbeddedKubernetes,
  type Instance,
  type Pod,
  startEmbeddedKubernetes,
} from '../../embedded/kubernetes/index.js';
import { readManifest } from '../../platforms/kubernetes/manifest.js';
import type { Stage, StageFault, StageOptions } from '../stage.js';

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
    await platform.apply(places.flatMap(({ services }) => services));
    await platform.settled();
    const liveUrls = places.map(({ namespace, front }) => platform.serviceUrl(namespace, front));
    return stageOf(platform, liveUrls);
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
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

interface Place {
  readonly namespace: string;
  /** The Service that the stage's users come in by. */
  readonly front: string;
  readonly services: readonly object[];
}

/** Where a target's objects are, and the Services that its routes name and its manifest does not bring. */
async function placeOf(target: TargetConfig, config: Config, workspace: string): Promise<Place> {
  const { manifest } = await readManifest(target, workspace);
  const namespace = target.namespace ?? manifest?.workload.metadata.namespace ?? config.namespace ?? 'default';
  const ports = manifest?.workload.spec.template.spec.containers.flatMap(container => container.ports ?? []) ?? [];
  const targetPort = ports[0]?.name ?? ports[0]?.containerPort ?? 8080;
  const names = target.routes.flatMap(route => (route.startsWith('service/') ? [route.slice('service/'.length)] : []));
  const services = names.map(name => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { 'cutover/slot': target.slots.blue }, ports: [{ name: 'http', port: 80, targetPort }] },
  }));
  return { namespace, front: names[0] ?? '', services };
}
