/** The application of the scenarios, as objects and as the manifest of its repository. */
import { dump } from 'js-yaml';

export type Labels = Readonly<Record<string, string>>;

export interface SlotOptions {
  readonly image: string;
  readonly tag?: string;
  readonly name?: string;
  readonly replicas?: number;
  /** On the pods, and what the workload selects them by. */
  readonly labels?: Labels;
}

/** A Deployment such as somebody made it without this tool. */
export function workload({ image, tag = 'v1', name = 'shop', replicas = 3, labels = { app: 'shop' } }: SlotOptions) {
  const probe = { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 6,
          containers: [
            {
              name: 'server',
              image: `${image}:${tag}`,
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [{ name: 'DRAIN_TIME', value: '1500ms' }],
              readinessProbe: probe,
            },
          ],
        },
      },
    },
  };
}

/** The Service that users reach the shop by. */
export function service(selector: Labels) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

export const BLUE_LABELS: Labels = { app: 'shop', 'cutover/slot': 'shop-blue' };

/** What a release of this tool leaves: blue is live. */
export function liveBlue(image: string, tag = 'v1'): readonly object[] {
  const blue = workload({ image, tag, name: 'shop-blue', labels: BLUE_LABELS });
  const version = { 'cutover/version': tag };
  const { template } = blue.spec;
  return [
    service(BLUE_LABELS),
    {
      ...blue,
      metadata: { ...blue.metadata, labels: { 'cutover/managed': 'true' }, annotations: version },
      spec: {
        ...blue.spec,
        selector: { matchLabels: { 'cutover/slot': 'shop-blue' } },
        template: { ...template, metadata: { ...template.metadata, annotations: version } },
      },
    },
  ];
}

const BESIDE = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop-settings' }, data: { currency: 'EUR' } },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'shop' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'shop' } } },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  },
];

/** One manifest for both slots. */
export function manifest(slot: SlotOptions, isFull = false): string {
  return [workload(slot), ...(isFull ? BESIDE : [])].map(object => dump(object)).join('---\n');
}
