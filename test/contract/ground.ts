import type { EmbeddedKubernetesOptions } from '../../src/embedded/kubernetes/index.js';

/** Where an API server is, and how its administrator is known to it. */
export interface ServerAddress {
  readonly url: string;
  readonly token?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** What the scenarios stand on: a Kubernetes with nothing of theirs in it. */
export interface Ground extends AsyncDisposable {
  readonly server: ServerAddress;
  /** The image of the test server, without a tag. The tag is its version; its ending may name a behaviour. */
  readonly image: string;
  /** The URL by which the users of a Service reach it. */
  liveUrl(namespace: string, service: string): Promise<string>;
}

export type OpenGround = () => Promise<Ground>;

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
