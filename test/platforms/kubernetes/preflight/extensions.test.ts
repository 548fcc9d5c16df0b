import { describe, expect, test } from '@jest/globals';
import { autoscalerFindings } from '../../../../src/platforms/kubernetes/preflight/autoscalers.js';
import { bystanderFindings } from '../../../../src/platforms/kubernetes/preflight/bystanders.js';
import type { Looking } from '../../../../src/platforms/kubernetes/preflight/look.js';
import { ownershipFindings } from '../../../../src/platforms/kubernetes/preflight/ownership.js';
import type { Subjects } from '../../../../src/platforms/kubernetes/preflight/subjects.js';
import { deployment, service, shop } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const blue = deployment({ name: 'shop-blue', labels: BLUE });

describe('extensions that the server may have', () => {
  const object = (kind: string, name: string, spec: object) => ({ apiVersion: 'x/v1', kind, metadata: { name }, spec });
  const served: Readonly<Record<string, readonly object[]>> = {
    canaries: [object('Canary', 'shop', { targetRef: { name: 'shop-blue' } })],
    rollouts: [object('Rollout', 'other', { workloadRef: { name: 'cart' } })],
    scaledobjects: [object('ScaledObject', 'queue', { scaleTargetRef: { name: 'shop-green' } })],
    podmonitors: [object('PodMonitor', 'metrics', { selector: { matchLabels: BLUE } })],
    servicemonitors: [object('ServiceMonitor', 'scrape', { selector: { matchLabels: { scraped: 'yes' } } })],
    authorizationpolicies: [object('AuthorizationPolicy', 'callers', { selector: { matchLabels: BLUE } })],
    destinationrules: [
      object('DestinationRule', 'mesh', {
        host: 'shop',
        subsets: [{ name: 'live', labels: { 'cutover/slot': 'shop-blue' } }],
      }),
      object('DestinationRule', 'fine', { host: 'shop', subsets: [{ name: 'all', labels: { app: 'shop' } }] }),
    ],
  };
  const metrics = service(BLUE, 'shop-metrics');
  const lists: Readonly<Record<string, readonly object[]>> = {
    services: [{ ...metrics, metadata: { ...metrics.metadata, labels: { scraped: 'yes' } } }],
  };
  const look = {
    all: async ({ plural }: { plural: string }) => lists[plural] ?? [],
    allIfServed: async ({ plural }: { plural: string }) => served[plural] ?? [],
  } as unknown as Looking;
  const subjects = {
    look,
    observation: {
      workloads: new Map([
        ['shop-blue', blue],
        ['shop-green', undefined],
      ]),
      services: [],
      backends: [],
      manifest: undefined,
      target: shop(),
    },
    plan: { blue: 'shop-blue', green: 'shop-green' },
    blue,
    blueLabels: BLUE,
    greenLabels: { app: 'shop', 'cutover/slot': 'shop-green' },
    tell: (severity: string, code: string, message: string) => ({ severity, code, message }),
  } as unknown as Subjects;

  test('Flagger is refused by name where it drives a slot, Argo Rollouts is not where it drives another workload', async () => {
    const found = await ownershipFindings(subjects);
    expect(found).toMatchObject([{ severity: 'error', message: expect.stringContaining('the Flagger Canary shop') }]);
  });

  test('KEDA is told of', async () => {
    expect(await autoscalerFindings(subjects)).toMatchObject([{ severity: 'info', code: 'KEDA' }]);
  });

  test.each(['PodMonitor metrics', 'ServiceMonitor scrape', 'AuthorizationPolicy callers', 'DestinationRule mesh'])(
    '%s, which would lose green, is named',
    async name => {
      const found = await bystanderFindings(subjects);
      expect(found.every(({ code }) => code === 'POLICY_MISSES_GREEN')).toBe(true);
      expect(found.filter(({ message }) => message.startsWith(name))).toHaveLength(1);
      expect(found).toHaveLength(4);
    },
  );

  test('KEDA, where it scales nothing of the target, is not', async () => {
    const elsewhere = { ...subjects, plan: { blue: 'cart-blue', green: 'cart-green' } } as unknown as Subjects;
    expect(await autoscalerFindings(elsewhere)).toEqual([]);
  });

  test('a slot that a controller owns is refused', async () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'App', name: 'shop', uid: 'x', controller: true };
    const owned = { ...blue, metadata: { ...blue.metadata, ownerReferences: [owner] } };
    const observation = { ...subjects.observation, workloads: new Map([['shop-blue', owned]]) };
    const alone = { ...look, allIfServed: async () => [] } as unknown as Looking;
    expect(await ownershipFindings({ ...subjects, observation, look: alone } as unknown as Subjects)).toMatchObject([
      { severity: 'error', code: 'WORKLOAD_OWNED', message: expect.stringContaining('the App shop') },
    ]);
  });
});
