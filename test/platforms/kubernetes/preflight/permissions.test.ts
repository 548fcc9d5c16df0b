import { expect, test } from '@jest/globals';
import { deployment, type House, planFor, service, shop, soon, startHouse, yaml } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const LOOKS = [
  { verbs: ['get'], groups: [''], resources: ['services', 'configmaps'] },
  { verbs: ['list', 'watch'], groups: [''], resources: ['pods'] },
  { verbs: ['get', 'list', 'watch'], groups: ['apps'], resources: ['deployments'] },
  { verbs: ['list', 'watch'], groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
];
const WRITES = [
  { verbs: ['patch'], groups: [''], resources: ['services'] },
  { verbs: ['create', 'update'], groups: [''], resources: ['configmaps'] },
  { verbs: ['create', 'patch', 'delete'], groups: ['apps'], resources: ['deployments'] },
];
const journey = { failedGreen: 'delete', previews: false, overlap: false, acceptsLag: false } as const;
const WALKED = ['inspect', 'preflight', 'claim', 'deploy', 'switch', 'teardown'] as const;

async function stage(): Promise<House> {
  const house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
  await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE }), service(BLUE)]);
  await house.kube.settled();
  return house;
}

async function findingsAs(house: House, rules: typeof LOOKS, steps: typeof WALKED | readonly ['inspect', 'preflight']) {
  const token = house.kube.authority.addUser('robot', rules);
  const platform = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
  const plan = await planFor(platform, shop(), 'v2');
  const before = house.kube.requests.all.length;
  const found = await platform.preflight(shop(), plan, soon(), { ...journey, steps });
  const asked = house.kube.requests.all.slice(before).filter(({ path }) => path.includes('selfsubject'));
  return { found: found.filter(({ code }) => code !== 'NOT_LOOKED_AT'), asked, all: found };
}

test('everything that is missing is said in one list, with the rules to add', async () => {
  await using house = await stage();
  const { found } = await findingsAs(house, LOOKS, WALKED);
  expect(found).toEqual([
    {
      severity: 'error',
      code: 'MISSING_PERMISSIONS',
      target: 'shop',
      message:
        'The credentials may not do all that a run does in namespace shop: patch services shop, create configmaps, update configmaps, create deployments, patch deployments, delete deployments.',
      remedy:
        'Add to their Role: {apiGroups: [""], resources: ["services"], verbs: ["patch"]}, {apiGroups: [""], resources: ["configmaps"], verbs: ["create", "update"]}, {apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "patch", "delete"]}',
    },
  ]);
});

test('credentials that suffice are found to suffice with one question', async () => {
  await using house = await stage();
  const { found, asked } = await findingsAs(house, [...LOOKS, ...WRITES], WALKED);
  expect(found).toEqual([]);
  expect(asked).toHaveLength(1);
});

test('a plan may be made with credentials that may only look', async () => {
  await using house = await stage();
  const { found } = await findingsAs(house, LOOKS, ['inspect', 'preflight']);
  expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['info MISSING_PERMISSIONS']);
});

test('a rule that names its objects covers those, and no others', async () => {
  await using house = await stage();
  const [, maps, deployments] = WRITES;
  const named = (name: string) => ({ ...(WRITES[0] as (typeof WRITES)[0]), names: [name] });
  const rest = [...LOOKS, maps, deployments] as typeof LOOKS;
  expect((await findingsAs(house, [...rest, named('shop')], WALKED)).found).toEqual([]);
  const { found } = await findingsAs(house, [...rest, named('cart')], WALKED);
  expect(found[0]?.message).toContain('patch services shop.');
});

test('what these credentials may not list is said not to have been looked at', async () => {
  await using house = await stage();
  const { all } = await findingsAs(house, [...LOOKS, ...WRITES], WALKED);
  expect(all).toMatchObject([
    {
      severity: 'info',
      code: 'NOT_LOOKED_AT',
      message:
        'Preflight did not look at destinationrules, horizontalpodautoscalers, ingresses, mutatingwebhookconfigurations, networkpolicies, nodes, poddisruptionbudgets, resourcequotas, services, validatingwebhookconfigurations: they may not be listed with these credentials, or are too many.',
    },
  ]);
});
