/** Rehearsals on the embedded BCS: services as the routes suppose them; or its tunnel to the embedded Kubernetes. */
import { load } from 'js-yaml';
import type { BcsConfig, Config, TargetConfig } from '../../config/schema.js';
import {
  type DeploymentDefinition,
  type EmbeddedBcs,
  type Instance,
  type ServiceDefinition,
  startEmbeddedBcs,
} from '../../embedded/bcs/index.js';
import { readDefinition } from '../../platforms/bcs/definition.js';
import { GROUP_LABEL, SLOT_LABEL, VERSION_LABEL } from '../../platforms/bcs/objects.js';
import { serviceOf } from '../../platforms/bcs/routes.js';
import type { Redirection, Stage, StageFault, StageOptions } from '../stage.js';

/** Of the one load balancer of the rehearsal, which has a port for each service. */
const GROUP = 'rehearsal';
const FIRST_PORT = 8080;

/** The embedded platform's own seconds are 20 ms: so soon after a write everybody reads it. */
const LAGS = { 'read-lag': 1_000, 'load-balancer-lag': 300 };

export async function openStage(options: StageOptions): Promise<Stage> {
  const section = options.config.bcs;
  return section?.orchestrator === 'kubernetes' ? openTunnel(section, options) : openMesos(section, options);
}

async function openMesos(section: BcsConfig | undefined, { config, workspace, standIn }: StageOptions): Promise<Stage> {
  const behaviour = ({ metadata }: DeploymentDefinition) => {
    const { version, crashes, answers } = standIn(metadata.labels?.[VERSION_LABEL]);
    return { version, answers, ...(crashes ? { start: 'crash' as const } : {}) };
  };
  const clusterId = section?.cluster ?? 'BCS-MESOS-10000';
  const platform = await startEmbeddedBcs({ clusterId, behaviour });
  try {
    const services = await Promise.all(config.targets.map(target => servicesOf(target, config, workspace)));
    const numbered = services.flat().map(withPort);
    await platform.seed({ services: numbered });
    const liveUrls = services.map(([first]) => (first ? liveUrl(platform, first) : ''));
    return stageOf(platform, liveUrls, section?.namespace);
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
}

function liveUrl(platform: EmbeddedBcs, { metadata }: ServiceDefinition): string {
  return platform.liveUrl(metadata.namespace, metadata.name);
}

/** Services of the load balancer may not claim the same port. */
function withPort(service: ServiceDefinition, index: number): ServiceDefinition {
  const ports = (service.spec.ports ?? []).map(port => ({ ...port, servicePort: FIRST_PORT + index }));
  return { ...service, spec: { ...service.spec, ports } };
}

/** The services of a target's routes, with the one port that its definition has, and blue for a selector. */
async function servicesOf(
  target: TargetConfig,
  config: Config,
  workspace: string,
): Promise<readonly ServiceDefinition[]> {
  const { definition } = await readDefinition(target, workspace);
  const namespace =
    target.namespace ?? definition?.metadata.namespace ?? config.namespace ?? config.bcs?.namespace ?? 'defaultGroup';
  const [port] = definition?.spec.template.spec.containers.flatMap(({ ports = [] }) => ports) ?? [];
  return target.routes.flatMap(route => {
    const name = serviceOf(route);
    if (!name) return [];
    return {
      apiVersion: 'v4',
      kind: 'service',
      metadata: { name, namespace, labels: { [GROUP_LABEL]: GROUP } },
      spec: {
        selector: { [SLOT_LABEL]: target.slots.blue },
        ports: [{ name: port?.name ?? 'http', protocol: 'TCP', servicePort: FIRST_PORT }],
      },
    };
  });
}

/** A stage on a platform that serves already. */
export function stageOf(platform: EmbeddedBcs, liveUrls: readonly string[], namespace?: string): Stage {
  return {
    title: `an embedded BCS serves on ${platform.url}`,
    redirection: { settings: { bcs: { ...sectionOf(platform), namespace } }, liveUrls },
    requests: () => platform.requests.all,
    intercept: ({ onRequest = () => undefined, beforeAnswer = () => undefined }) => {
      Object.assign(platform.interception, { onRequest, beforeAnswer });
    },
    isRecord: ({ path }) => /\/configmaps?(\/|$)/.test(path),
    refusal,
    instances: version => instancesOf(platform, version),
    settled: () => platform.settled({ withinMs: 60_000 }),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

function sectionOf(platform: EmbeddedBcs): BcsConfig {
  const { clusterId: cluster, token, url: api } = platform;
  return { orchestrator: 'mesos', cluster, api, token, ...LAGS };
}

function instancesOf(platform: EmbeddedBcs, version: string): readonly Instance[] {
  return [...platform.dataPlane.instances].filter(({ identity }) => identity.version === version);
}

/** The gateway's words for what it refuses itself; everything else is an HTTP 200 that carries a code. */
function refusal(status: number): StageFault {
  const said = (code: number, message: string) => ({ result: false, code, message, data: {} });
  if (status === 401) return { status, body: said(401, 'Resource is Unauthorized') };
  if (status === 409) return { status: 200, body: said(1405201, '(bcs-scheduler):rehearsed: already exist') };
  if (status === 422) return { status: 200, body: said(1405008, '(mesosdriver):rehearsed: request data wrong') };
  return { status, body: { message: `rehearsed refusal ${status}` } };
}

/** The rehearsal on the embedded Kubernetes, with BCS's gateway as the way to it. */
async function openTunnel(section: BcsConfig, options: StageOptions): Promise<Stage> {
  const { openStage: openKubernetes } = await import('./kubernetes.js');
  const { config } = options;
  const stage = await openKubernetes({
    ...options,
    config: { ...config, namespace: config.namespace ?? section.namespace },
  });
  const gateway = await startEmbeddedBcs({
    kubernetes: { clusterId: section.cluster, ...serverOf(stage.redirection) },
  });
  const { token, url: api } = gateway;
  const bcs: BcsConfig = { ...section, conf: undefined, ca: undefined, api, token };
  return {
    ...stage,
    title: `${stage.title}, and the gateway of an embedded BCS leads there from ${gateway.url}`,
    redirection: { ...stage.redirection, settings: { bcs } },
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await stage[Symbol.asyncDispose]();
    },
  };
}

/** Where the stage's kubeconfig leads. */
function serverOf({ settings }: Redirection): { url: string; token: string } {
  const { clusters, users } = load(String(settings.kubeconfig)) as {
    readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  return { url: clusters[0]?.cluster.server ?? '', token: users[0]?.user.token ?? '' };
}
