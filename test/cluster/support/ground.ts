import { type KubernetesGround, kubernetesGround } from '../../contract/kubernetes/ground.js';
import { Cluster, serverAddress } from './cluster.js';
import { image } from './playground.js';

/** The real control plane that KUBECONFIG names, as ground for the contract. It stays; each stage removes its namespace. */
export async function clusterGround(): Promise<KubernetesGround> {
  const cluster = Cluster.connect();
  return kubernetesGround({
    server: serverAddress(),
    image,
    liveUrl: async (namespace, service) => {
      const { body } = await cluster.get<{ spec: { clusterIP: string } }>(
        `/api/v1/namespaces/${namespace}/services/${service}`,
      );
      return `http://${body.spec.clusterIP}`;
    },
    [Symbol.asyncDispose]: async () => cluster.close(),
  });
}
