import { load } from 'js-yaml';
import { startEmbeddedBcs } from '../../../../src/embedded/bcs/index.js';
import type { Ground } from '../ground.js';
import { kubernetesGround } from './kubernetes.js';

const CLUSTER = 'BCS-K8S-40000';

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** The shops on the embedded Kubernetes, as a cluster of BCS: releases reach it through the gateway's tunnel alone. */
export async function bcsKubernetesGround(names: readonly string[]): Promise<Ground> {
  const ground = await kubernetesGround(names);
  const { clusters, users } = load(String(ground.settings.kubeconfig)) as Kubeconfig;
  const kubernetes = { clusterId: CLUSTER, url: clusters[0].cluster.server, token: users[0].user.token };
  const gateway = await startEmbeddedBcs({ kubernetes });
  const bcs = { orchestrator: 'kubernetes', cluster: CLUSTER, api: gateway.url, token: gateway.token };
  return {
    ...ground,
    settings: { platform: 'bcs', bcs },
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await ground[Symbol.asyncDispose]();
    },
  };
}
