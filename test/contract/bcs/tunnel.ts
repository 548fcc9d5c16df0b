import { type EmbeddedBcs, startEmbeddedBcs } from '../../../src/embedded/bcs/index.js';
import type { Before, Ground } from '../ground.js';
import { embeddedGround } from '../kubernetes/embedded.js';
import { KubernetesStage } from '../kubernetes/stage.js';

const CLUSTER = 'BCS-K8S-40000';

/** A Kubernetes cluster of BCS: the embedded one, which releases reach through the gateway's tunnel alone. */
export async function tunnelGround(): Promise<Ground> {
  const ground = await embeddedGround();
  return {
    stage: async (before?: Before) => {
      const stage = await KubernetesStage.openFor(ground, before);
      const kubernetes = { clusterId: CLUSTER, url: stage.gateway.url, token: ground.server.token ?? '' };
      return tunnelled(stage, await startEmbeddedBcs({ kubernetes }));
    },
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}

/** The same stage, whose releases know BCS's gateway and no kubeconfig. */
function tunnelled(stage: KubernetesStage, bcs: EmbeddedBcs): KubernetesStage {
  const run = stage.run.bind(stage);
  const where = `orchestrator: kubernetes, cluster: ${CLUSTER}, api: "${bcs.url}", token: "${bcs.token}"`;
  const dispose = stage[Symbol.asyncDispose].bind(stage);
  return Object.assign(stage, {
    run: (inputs: Parameters<typeof run>[0] = {}, options: Parameters<typeof run>[1] = {}) =>
      run({ platform: 'bcs', kubeconfig: '', bcs: `{ ${where} }`, ...inputs }, options),
    [Symbol.asyncDispose]: async () => {
      await bcs.close();
      await dispose();
    },
  });
}
