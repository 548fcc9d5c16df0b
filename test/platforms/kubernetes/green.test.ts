import { describe, expect, test } from '@jest/globals';
import {
  fitLabels,
  type Green,
  greenAutoscaler,
  greenBudget,
  greenWorkload,
  sharedObject,
} from '../../../src/platforms/kubernetes/green.js';
import type { Manifest } from '../../../src/platforms/kubernetes/manifest.js';
import type { Autoscaler, DisruptionBudget, Workload } from '../../../src/platforms/kubernetes/objects.js';

const WORKLOAD: Workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', labels: { team: 'web' }, annotations: { note: 'kept' } },
  spec: {
    replicas: 1,
    strategy: { type: 'RollingUpdate' },
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' }, annotations: { scrape: 'true' } },
      spec: {
        containers: [
          { name: 'web', image: 'shop:old' },
          { name: 'proxy', image: 'proxy:1' },
        ],
        initContainers: [{ name: 'migrate', image: 'shop:old' }],
      },
    },
  } as Workload['spec'],
};

const AUTOSCALER: Autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
    minReplicas: 2,
    maxReplicas: 4,
  },
};

const BUDGET: DisruptionBudget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'shop' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'shop' } } } as DisruptionBudget['spec'],
};

const MANIFEST: Manifest = {
  workload: WORKLOAD,
  autoscaler: AUTOSCALER,
  budget: BUDGET,
  members: [],
  copies: [],
  services: [],
  others: [],
};

const GREEN: Green = {
  slot: 'shop-green',
  name: 'shop-green',
  namespace: 'prod',
  version: 'v2',
  size: 7,
  labels: { app: 'shop', 'cutover/slot': 'shop-green' },
};

const MARKS = { 'cutover/managed': 'true', 'cutover/slot': 'shop-green' };

describe('one manifest serves both slots', () => {
  test('the workload gets the slot for a name and a selector, the version, the size and the images', () => {
    const images = { image: 'shop:v2', images: { migrate: 'shop:v2' } };
    expect(greenWorkload(MANIFEST, images, GREEN)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'shop-green',
        namespace: 'prod',
        labels: { team: 'web', ...MARKS },
        annotations: {
          note: 'kept',
          'cutover/version': 'v2',
          'cutover/companions': 'HorizontalPodAutoscaler,PodDisruptionBudget',
        },
      },
      spec: {
        replicas: 7,
        strategy: { type: 'RollingUpdate' },
        selector: { matchLabels: { 'cutover/slot': 'shop-green' } },
        template: {
          metadata: {
            labels: { app: 'shop', 'cutover/slot': 'shop-green' },
            annotations: { scrape: 'true', 'cutover/version': 'v2' },
          },
          spec: {
            containers: [
              { name: 'web', image: 'shop:v2' },
              { name: 'proxy', image: 'proxy:1' },
            ],
            initContainers: [{ name: 'migrate', image: 'shop:v2' }],
          },
        },
      },
    });
  });

  test('the autoscaler scales the slot and no lower than the wanted size until the switch has settled', () => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-green' };
    const metadata = { name: 'shop-green', namespace: 'prod', labels: MARKS };
    expect(greenAutoscaler(MANIFEST, GREEN, true)).toEqual({
      ...AUTOSCALER,
      metadata,
      spec: { scaleTargetRef, minReplicas: 7, maxReplicas: 7 },
    });
    expect(greenAutoscaler(MANIFEST, GREEN, false)).toEqual({
      ...AUTOSCALER,
      metadata,
      spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 4 },
    });
  });

  test('the disruption budget protects the pods of the slot alone', () => {
    expect(greenBudget(MANIFEST, GREEN)).toEqual({
      ...BUDGET,
      metadata: { name: 'shop-green', namespace: 'prod', labels: MARKS },
      spec: { minAvailable: 1, selector: { matchLabels: { 'cutover/slot': 'shop-green' } } },
    });
  });

  test('everything else is applied as written, in its own namespace', () => {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'other' },
      data: { a: '1' },
    };
    const labels = { 'cutover/managed': 'true' };
    expect(sharedObject(map, 'prod', true)).toEqual({
      ...map,
      metadata: { name: 'settings', namespace: 'other', labels },
    });
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reader' } };
    expect(sharedObject(role, 'prod', false).metadata).toEqual({ name: 'reader', labels });
  });
});

describe('an existing workload whose selector cannot be changed', () => {
  const labels = { app: 'shop', 'cutover/slot': 'shop-green' };

  test('gets the labels added that its selector asks for', () => {
    expect(fitLabels(labels, { matchLabels: { app: 'shop', tier: 'web' } }, [])).toEqual({ ...labels, tier: 'web' });
  });

  test.each([
    ['another value is asked for', { matchLabels: { app: 'other' } }, []],
    [
      'an expression speaks against it',
      { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['shop'] }] },
      [],
    ],
    ['a live Service would select it then', { matchLabels: { tier: 'web' } }, [{ tier: 'web' }]],
  ])('does not fit when %s', (_, selector, live) => {
    expect(fitLabels(labels, selector, live)).toBeUndefined();
  });
});
