import type { EmbeddedKubernetesOptions } from '../../../src/embedded/kubernetes/index.js';
import type { Before, Ground, ServerAddress } from '../ground.js';
import { KubernetesStage } from './stage.js';

/** A Kubernetes, embedded or real. */
export interface KubernetesGround extends Ground {
  readonly server: ServerAddress;
  /** The image of the test server, without a tag. The tag is its version; its ending may name a behaviour. */
  readonly image: string;
  /** The URL by which the users of a Service reach it. */
  liveUrl(namespace: string, service: string): Promise<string>;
  /** The URL of what stands in front of a route, such as `httproute/shop`; undefined where no controller serves them. */
  readonly frontUrl?: (namespace: string, route: string) => string;
}

export type OpenKubernetes = () => Promise<KubernetesGround>;

/** A ground from what differs between one Kubernetes and another. */
export function kubernetesGround(parts: Omit<KubernetesGround, 'stage'>): KubernetesGround {
  const ground: KubernetesGround = {
    ...parts,
    stage: (before?: Before) => KubernetesStage.openFor(ground, before),
  };
  return ground;
}

type Behaviour = ReturnType<NonNullable<EmbeddedKubernetesOptions['behaviour']>>;

/** What test/cluster/kubernetes/test-server does by the ending of its tag, for pods of the embedded platform. */
export function behaviourOfTag(tag: string): Behaviour {
  if (tag.startsWith('missing')) return { start: 'image-pull-error' };
  if (tag.endsWith('-crash')) return { start: 'crash' };
  if (tag.endsWith('-unready')) return { start: 'never-ready' };
  if (tag.endsWith('-abrupt')) return { drains: false };
  if (tag.endsWith('-failing')) return { answers: { '*': { status: 500 }, '/healthz': {}, '/readyz': {} } };
  return {};
}
