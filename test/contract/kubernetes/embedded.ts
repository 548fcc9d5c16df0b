import { startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { behaviourOfTag, type KubernetesGround, kubernetesGround } from './ground.js';

/** The embedded platform, with the test server's behaviours. */
export async function embeddedGround(): Promise<KubernetesGround> {
  const platform = await startEmbeddedKubernetes({
    timing: { readyAfter: 200, propagation: 50 },
    behaviour: pod => behaviourOfTag(pod.spec.containers[0]?.image?.split(':').at(-1) ?? ''),
  });
  return kubernetesGround({
    server: { url: platform.url, token: platform.token },
    image: 'cutover.test/server',
    liveUrl: async (namespace, service) => platform.serviceUrl(namespace, service),
    frontUrl: (namespace, route) => platform.routeUrl(namespace, route),
    [Symbol.asyncDispose]: () => platform.close(),
  });
}
