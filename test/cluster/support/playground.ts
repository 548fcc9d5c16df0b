import { randomBytes } from 'node:crypto';
import type { V1Deployment, V1Pod, V1Service } from '@kubernetes/client-node';
import type { Cluster } from './cluster.js';
import { eventually } from './eventually.js';
import { ask } from './request.js';

/** The image that the cluster's node runs as a process; another cluster needs one of its own (see the README). */
export const image = process.env.CUTOVER_TEST_IMAGE ?? 'cutover.test/server';

function labelled(name: string, label: string) {
  return { name, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${label}']` } } };
}

/** A namespace for one test file, with an application in it that has two slots. */
export class Playground {
  readonly cluster: Cluster;
  readonly namespace: string;

  private constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  static async create(cluster: Cluster): Promise<Playground> {
    const name = `cutover-test-${randomBytes(4).toString('hex')}`;
    await cluster.create('/api/v1/namespaces', { metadata: { name } });
    const playground = new Playground(cluster, name);
    await eventually('the default service account', 20, async () => {
      const { status } = await cluster.get(playground.core('serviceaccounts/default'));
      return status === 200 ? { found: true } : { not: status };
    });
    return playground;
  }

  /** Removes the namespace with everything in it; Kubernetes finishes that later. */
  async remove(): Promise<void> {
    await this.cluster.remove(`/api/v1/namespaces/${this.namespace}`);
    this.cluster.close();
  }

  core(path: string): string {
    return `/api/v1/namespaces/${this.namespace}/${path}`;
  }

  apps(path: string): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/${path}`;
  }

  /** Creates a Deployment `shop-<slot>`; the version's ending may name a behaviour of the test server. */
  async deploy(slot: string, version: string, replicas = 3): Promise<void> {
    const labels = { app: 'shop', slot };
    const probe = (path: string) => ({ httpGet: { path, port: 8080 }, periodSeconds: 1 });
    const container = {
      name: 'server',
      image: `${image}:${version}`,
      // Our own node would say so by itself; on other clusters the pod has to.
      env: [labelled('APP_NAME', 'app'), labelled('APP_SLOT', 'slot')],
      ports: [{ containerPort: 8080 }],
      readinessProbe: probe('/readyz'),
      livenessProbe: probe('/healthz'),
    };
    await this.cluster.create(this.apps('deployments'), {
      metadata: { name: `shop-${slot}`, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 20, containers: [container] } },
      },
    });
  }

  /** Waits until every replica of a slot is ready. */
  async ready(slot: string): Promise<void> {
    await eventually(`shop-${slot} to be ready`, 40, async () => {
      const { body } = await this.cluster.get<V1Deployment>(this.apps(`deployments/shop-${slot}`));
      const { readyReplicas = 0, observedGeneration = 0 } = body.status ?? {};
      const current = observedGeneration >= (body.metadata?.generation ?? 0);
      return current && readyReplicas === body.spec?.replicas ? { found: true } : { not: body.status };
    });
  }

  /** Creates the Service `shop` for one slot and returns its URL, once it answers. */
  async serve(slot: string): Promise<string> {
    const { body } = await this.cluster.create<V1Service>(this.core('services'), {
      metadata: { name: 'shop' },
      spec: { selector: { app: 'shop', slot }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    });
    const url = `http://${body.spec?.clusterIP}/`;
    await eventually(`${url} to answer`, 20, async () => {
      const outcome = await ask(url, false, 500);
      return outcome.slot === slot ? { found: true } : { not: outcome };
    });
    return url;
  }

  /** Points the Service at a slot, as the product does: the whole selector, by one JSON patch. */
  async flip(slot: string): Promise<number> {
    const selector = [{ op: 'replace', path: '/spec/selector', value: { app: 'shop', slot } }];
    const { status } = await this.cluster.patch(this.core('services/shop'), 'json-patch+json', selector);
    return status;
  }

  async scale(slot: string, replicas: number): Promise<void> {
    await this.cluster.patch(this.apps(`deployments/shop-${slot}`), 'merge-patch+json', { spec: { replicas } });
  }

  async pods(slot: string): Promise<V1Pod[]> {
    const selector = encodeURIComponent(`app=shop,slot=${slot}`);
    const { body } = await this.cluster.get<{ items: V1Pod[] }>(this.core(`pods?labelSelector=${selector}`));
    return body.items;
  }

  async firstPodName(slot: string): Promise<string> {
    const name = (await this.pods(slot))[0]?.metadata?.name;
    if (name === undefined) throw new Error(`shop-${slot} has no pod`);
    return name;
  }
}
