import { describe, expect, test } from '@jest/globals';
import type { Journey } from '../../../../src/platforms/port.js';
import { type Finding, STEP_NAMES } from '../../../../src/release/model.js';
import { deployment, planFor, service, shop, soon, startHouse, yaml } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const blue = deployment({ name: 'shop-blue', labels: BLUE });
const metadata = (name: string) => ({ name, namespace: 'shop' });

async function findings(
  objects: readonly object[],
  manifest: readonly object[] = [],
  journey?: Journey,
): Promise<readonly Finding[]> {
  await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' }), ...manifest) });
  await house.kube.apply([blue, service(BLUE)]);
  await house.kube.apply(objects);
  await house.kube.settled();
  const plan = await planFor(house.platform, shop(), 'v2');
  return await house.platform.preflight(shop(), plan, soon(), journey);
}

function policy(spec: object) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata('allow'), spec };
}
function budget(matchLabels: object) {
  const spec = { minAvailable: 1, selector: { matchLabels } };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadata('budget'), spec };
}
function autoscaler(name: string, scaled: string) {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: scaled };
  const spec = { scaleTargetRef, maxReplicas: 4 };
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: metadata(name), spec };
}

describe('other objects that select pods', () => {
  test.each([
    ['is for blue only', { podSelector: { matchLabels: { 'cutover/slot': 'shop-blue' } } }],
    [
      'lets only blue in',
      { podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from: [{ podSelector: { matchLabels: BLUE } }] }] },
    ],
  ])('a NetworkPolicy that %s is named', async (_, spec) => {
    expect(await findings([policy(spec)])).toMatchObject([
      {
        severity: 'warning',
        code: 'POLICY_MISSES_GREEN',
        message: 'NetworkPolicy allow matches the pods of shop-blue, which is live, but not those of shop-green.',
      },
    ]);
  });

  test('a NetworkPolicy for both is fine, as is one of another namespace', async () => {
    const namespaceSelector = { matchLabels: { team: 'x' } };
    const from = [{ namespaceSelector, podSelector: { matchLabels: BLUE } }];
    expect(await findings([policy({ podSelector: { matchLabels: { app: 'shop' } }, ingress: [{ from }] })])).toEqual(
      [],
    );
  });

  test('a PodDisruptionBudget that counts both colours as one is named', async () => {
    expect(await findings([budget({ app: 'shop' })])).toMatchObject([
      {
        severity: 'warning',
        code: 'BUDGET_SPANS_BOTH',
        message: expect.stringContaining('PodDisruptionBudget budget'),
      },
    ]);
  });

  test('a PodDisruptionBudget that green would lack is named', async () => {
    expect(await findings([budget(BLUE)])).toMatchObject([{ severity: 'warning', code: 'BUDGET_MISSES_GREEN' }]);
  });
});

describe('autoscalers', () => {
  test('one that stays with blue is named', async () => {
    const found = await findings([autoscaler('scale', 'shop-blue')]);
    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'info',
        code: 'BLUE_MAY_SHRINK',
        message:
          'HorizontalPodAutoscaler scale may bring shop-blue down to 1 pod once it has had no traffic for 300 seconds; a way back leads to the size that it has then.',
      }),
    );
    const held = autoscaler('scale', 'shop-blue');
    const codes = await findings([{ ...held, spec: { ...held.spec, minReplicas: 2 } }]);
    expect(codes.map(({ code }) => code)).toEqual(['AUTOSCALER_MISSES_GREEN']);
    expect(found.filter(({ severity }) => severity === 'warning')).toMatchObject([
      {
        severity: 'warning',
        code: 'AUTOSCALER_MISSES_GREEN',
        message: expect.stringContaining('nothing will scale shop-green'),
      },
    ]);
  });

  test('two on green are refused though the manifest brings none', async () => {
    const found = await findings([autoscaler('one', 'shop-green'), autoscaler('two', 'shop-green')]);
    expect(found).toMatchObject([{ severity: 'error', code: 'TWO_AUTOSCALERS' }]);
  });

  test('two on blue are told', async () => {
    const found = await findings([autoscaler('one', 'shop-blue'), autoscaler('two', 'shop-blue')]);
    expect(found.map(({ code }) => code)).toContain('TWO_AUTOSCALERS_ON_BLUE');
  });
});

describe('owners', () => {
  const marked = (annotations: object, labels: object = {}) => {
    const written = service(BLUE);
    return { ...written, metadata: { ...written.metadata, annotations, labels } };
  };

  test.each([
    ['Argo CD', { 'argocd.argoproj.io/tracking-id': 'shop:/Service:shop/shop' }, /ignoreDifferences/],
    ['the Helm release', { 'meta.helm.sh/release-name': 'shop' }, /helm upgrade/],
  ])('a Service that %s keeps is named with what to do', async (tool, annotations, remedy) => {
    expect(await findings([marked(annotations)])).toMatchObject([
      {
        severity: 'warning',
        code: 'KEPT_BY_ANOTHER',
        message: expect.stringContaining(`Service shop is kept by ${tool}`),
        remedy: expect.stringMatching(remedy),
      },
    ]);
  });

  test('a Service that an older Argo CD writes is told from one of a Helm chart, whose label is the same', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
    const written = marked({}, { 'app.kubernetes.io/instance': 'web' });
    await house.kube.apply([blue, written]);
    await house.kube.settled();
    const kept = async () => {
      const plan = await planFor(house.platform, shop(), 'v2');
      const found = await house.platform.preflight(shop(), plan, soon());
      return found.filter(({ code }) => code === 'KEPT_BY_ANOTHER').map(({ message }) => message);
    };
    expect(await kept()).toEqual([]);
    const path = `${house.kube.url}/api/v1/namespaces/shop/services/shop?fieldManager=argocd-controller`;
    const headers = {
      authorization: `Bearer ${house.kube.authority.token}`,
      'content-type': 'application/merge-patch+json',
    };
    const body = JSON.stringify({ metadata: { annotations: { touched: 'yes' } } });
    expect((await fetch(path, { method: 'PATCH', headers, body })).status).toBe(200);
    expect(await kept()).toEqual(['Service shop is kept by Argo CD web, which may put it back to what it knows.']);
  });

  test('a Service that Flux applies is named by its label', async () => {
    const [found] = await findings([marked({}, { 'kustomize.toolkit.fluxcd.io/name': 'apps' })]);
    expect(found?.message).toContain('the Flux Kustomization apps');
  });
});

describe('load balancers that follow pods by themselves', () => {
  const negged = { ...service(BLUE), metadata: { name: 'shop', namespace: 'shop', annotations: {} as object } };
  const annotated = (annotations: object) => ({ ...negged, metadata: { ...negged.metadata, annotations } });
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata('front'), annotations: { 'alb.ingress.kubernetes.io/target-type': 'ip' } },
    spec: { defaultBackend: { service: { name: 'shop', port: { number: 80 } } } },
  };

  test.each([
    ['cloud.google.com/neg', annotated({ 'cloud.google.com/neg': '{"ingress": true}' })],
    ['targets of type ip', annotated({ 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip' })],
    ['Ingress front', ingress],
  ])('%s: a switch in one write needs a word of consent', async (what, object) => {
    expect(await findings([object])).toMatchObject([
      {
        severity: 'error',
        code: 'LOAD_BALANCER_LAGS',
        message: expect.stringContaining(what),
        remedy: 'Set switch.mode to overlap, or say that this is fine: switch.accept-lag true.',
      },
    ]);
  });

  test.each([
    ['is a warning once it was accepted', { acceptsLag: true }, ['warning']],
    ['is nothing to a switch that overlaps', { overlap: true }, []],
  ])('it %s', async (_, more, severities) => {
    const journey = {
      steps: STEP_NAMES,
      failedGreen: 'delete',
      previews: false,
      overlap: false,
      acceptsLag: false,
    } as const;
    const found = await findings([ingress], [], { ...journey, ...more });
    expect(found.map(({ severity }) => severity)).toEqual(severities);
  });

  test('an Ingress that leads elsewhere, or whose controller follows the Service, is fine', async () => {
    const spec = { defaultBackend: { service: { name: 'cart', port: { number: 80 } } } };
    const plain = { ...ingress, metadata: metadata('plain') };
    expect(await findings([{ ...ingress, spec }, plain])).toEqual([]);
  });
});

describe('habits of a Service', () => {
  test('clients that stay on blue are told of', async () => {
    expect(await findings([service(BLUE, 'shop', { sessionAffinity: 'ClientIP' })])).toMatchObject([
      { severity: 'warning', code: 'SESSION_AFFINITY', message: expect.stringContaining('10800 s') },
    ]);
  });

  test('ports that are not TCP are told of', async () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
    ];
    expect(await findings([service(BLUE, 'shop', { ports })])).toMatchObject([
      { severity: 'warning', code: 'PORT_NOT_TCP', message: expect.stringContaining('(53/UDP)') },
    ]);
  });

  test('a port of the right name and the wrong protocol is missing', async () => {
    const ports = [{ name: 'http', port: 80, targetPort: 'http', protocol: 'UDP' }];
    const found = await findings([service(BLUE, 'shop', { ports })]);
    expect(found.map(({ code }) => code)).toContain('PORT_MISSING');
  });
});
