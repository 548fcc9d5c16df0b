import { describe, expect, test } from '@jest/globals';
import { capacityFindings } from '../../../../src/platforms/kubernetes/preflight/capacity.js';
import type { Subjects } from '../../../../src/platforms/kubernetes/preflight/subjects.js';
import type { Finding } from '../../../../src/release/model.js';
import { deployment, planFor, service, shop, soon, startHouse, yaml } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const blue = deployment({ name: 'shop-blue', labels: BLUE });

type Pod = Readonly<Record<string, unknown>>;

/** A Deployment whose pods ask for this. */
function asking(base: ReturnType<typeof deployment>, resources: object | undefined, pod: Pod = {}) {
  const [web] = base.spec.template.spec.containers;
  const containers = [{ ...web, ...(resources ? { resources } : {}) }];
  return { ...base, spec: { ...base.spec, template: { ...base.spec.template, spec: { ...pod, containers } } } };
}

async function findings(manifest: object, objects: readonly object[]): Promise<readonly Finding[]> {
  await using house = await startHouse({ 'shop.yaml': yaml(manifest) });
  await house.kube.apply([blue, service(BLUE)]);
  await house.kube.apply(objects);
  await house.kube.settled();
  const plan = await planFor(house.platform, shop(), 'v2');
  return await house.platform.preflight(shop(), plan, soon());
}

function quota(hard: Readonly<Record<string, string>>, spec: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace: 'shop' },
    spec: { hard, ...spec },
  };
}

function node(name: string, allocatable: Readonly<Record<string, string>>, spec: object = {}) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec, status: { allocatable } };
}

/** A cluster of these nodes; blue has two pods, and green gets as many. */
async function onNodes(manifest: ReturnType<typeof asking>, nodes: readonly object[]) {
  return capacityFindings({
    look: { all: async ({ plural }: { plural: string }) => (plural === 'nodes' ? nodes : []) },
    plan: { green: 'shop-green', size: 2 },
    blue,
    green: undefined,
    template: manifest.spec.template.spec,
    more: 2,
    tell: (severity: string, code: string, message: string) => ({ severity, code, message }),
  } as unknown as Subjects);
}

const v2 = deployment({ version: 'v2' });

describe('room for two colours', () => {
  test('is refused where a quota has none, with what is needed and what is left', async () => {
    expect(await findings(v2, [quota({ pods: '3' })])).toMatchObject([
      {
        severity: 'error',
        code: 'QUOTA_TOO_SMALL',
        message:
          'ResourceQuota team has no room for 2 pods of shop-green beside what runs now (pods: 2 needed, 1 left of 3).',
      },
    ]);
  });

  test('is found where a quota is exactly large enough', async () => {
    expect(await findings(v2, [quota({ pods: '4' })])).toEqual([]);
  });

  test('counts requests and limits, init containers and a limit without a request', async () => {
    const greedy = asking(
      v2,
      { limits: { cpu: '300m', memory: '64Mi' } },
      {
        initContainers: [{ name: 'prepare', image: 'x', resources: { requests: { cpu: '1' } } }],
      },
    );
    const [found] = await findings(greedy, [quota({ 'requests.cpu': '1900m', 'limits.memory': '128Mi' })]);
    expect(found?.message).toContain('(requests.cpu: 2 needed, 1900m left of 1900m)');
  });

  test('warns where a quota counts what the manifest does not name', async () => {
    expect(await findings(v2, [quota({ 'requests.memory': '4Gi' })])).toMatchObject([
      { severity: 'warning', code: 'QUOTA_NEEDS_AMOUNTS', message: expect.stringContaining('limits requests.memory') },
    ]);
  });

  test('leaves a quota that counts some pods only to the server', async () => {
    expect(await findings(v2, [quota({ pods: '3' }, { scopes: ['Terminating'] })])).toEqual([]);
  });

  test('warns where all nodes together could not hold both, and leaves out those that are closed to it', async () => {
    const large = asking(v2, { requests: { cpu: '1', memory: '1Gi' } });
    const tainted = { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] };
    const found = await onNodes(large, [
      node('a', { cpu: '3500m', memory: '64Gi', pods: '110' }),
      node('b', { cpu: '64', memory: '64Gi', pods: '110' }, tainted),
      node('c', { cpu: '64', memory: '64Gi', pods: '110' }, { unschedulable: true }),
    ]);
    expect(found).toMatchObject([
      {
        severity: 'warning',
        code: 'NODES_TOO_SMALL',
        message: expect.stringContaining('The 1 node that shop-green may run on would hold at most 3 pods of it'),
      },
    ]);
  });

  test('counts a tainted node for pods that tolerate it', async () => {
    const bearing = asking(
      v2,
      { requests: { cpu: '1' } },
      {
        tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
      },
    );
    const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
    expect(await onNodes(bearing, [node('b', { cpu: '64', memory: '64Gi', pods: '110' }, { taints })])).toEqual([]);
  });
});

describe('a volume that both colours mount', () => {
  const mounting = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
  const claim = (mode: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop' },
    spec: { accessModes: [mode], resources: { requests: { storage: '1Gi' } } },
  });

  test.each(['ReadWriteOnce', 'ReadWriteOncePod'])('is refused when it is %s', async mode => {
    const found = await findings(asking(v2, undefined, mounting), [asking(blue, undefined, mounting), claim(mode)]);
    expect(found).toMatchObject([
      {
        severity: 'error',
        code: 'VOLUME_SHARED',
        message: `Both shop-blue and shop-green mount PersistentVolumeClaim data, which is ${mode}.`,
      },
    ]);
  });

  test('is fine when many may write', async () => {
    const both = asking(blue, undefined, mounting);
    expect(await findings(asking(v2, undefined, mounting), [both, claim('ReadWriteMany')])).toEqual([]);
  });
});
