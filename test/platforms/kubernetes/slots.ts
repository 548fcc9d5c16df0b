/** Manifests of slots that are more than one Deployment. */
import type { House } from './support.js';

/** A Deployment beside the shop's own, with labels that no Service selects. */
export function worker(name = 'worker', replicas = 1, spec: object = {}) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'work', image: 'registry.example/worker:v1' }], ...spec },
      },
    },
  };
}

/** A StatefulSet with its governing Service and a claim for each pod. */
export function database(replicas = 2, version = 'v1') {
  const labels = { app: 'shop' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        replicas,
        serviceName: 'peers',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'web',
                image: `registry.example/shop:${version}`,
                ports: [{ name: 'http', containerPort: 8080 }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'peers', namespace: 'shop' },
      spec: { clusterIP: 'None', selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
  ];
}

/** Names of the objects of a kind, sorted. */
export function names({ kube }: House, kind: string): readonly string[] {
  return kube
    .objects(kind, 'shop')
    .map(object => object.metadata.name)
    .sort();
}
