import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import type { Rule } from '../../../src/embedded/kubernetes/index.js';
import { STEP_NAMES } from '../../../src/release/model.js';
import { database, names, worker } from './slots.js';
import { planFor, release, service, shop, soon, startHouse, yaml } from './support.js';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
}

/** The rules of one Role among the examples. */
function rulesOf(file: string, name: string): readonly Rule[] {
  const documents = loadAll(readFileSync(join(import.meta.dirname, '../../../examples', file), 'utf8')) as Role[];
  const role = documents.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name);
  return (role?.rules ?? []).map(({ apiGroups, resources, verbs }) => ({
    verbs,
    groups: apiGroups,
    resources,
    namespaces: ['shop'],
  }));
}

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { currency: 'EUR' } };
const reading = worker('worker', 1, { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] });
const FILES = { 'shop.yaml': yaml(...database(), reading, settings, service({ app: 'shop' })) };
const TARGET = shop({ 'per-slot': ['configmaps'] });
/** Nodes and webhooks are in no namespace. */
const BEYOND_ROLES = /\/nodes\?|\/namespaces\/[^/]+$|admissionregistration/;

test('the Roles of the examples are enough for StatefulSets, several workloads and copies of each slot', async () => {
  await using house = await startHouse(FILES);
  const { kube } = house;
  await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  const rules = [...rulesOf('rbac.yaml', 'cutover'), ...rulesOf('rbac-workloads.yaml', 'cutover-workloads')];
  const platform = await house.another({ kubeconfig: kube.kubeconfig(kube.authority.addUser('somebody', rules)) });
  await release(platform, TARGET, 'v1');
  const plan = await planFor(platform, TARGET, 'v2');
  const journey = {
    steps: STEP_NAMES,
    failedGreen: 'delete',
    previews: true,
    overlap: false,
    acceptsLag: false,
  } as const;
  const found = await platform.preflight(TARGET, plan, soon(), journey);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  await release(platform, TARGET, 'v2');
  expect(names(house, 'statefulsets')).toEqual(['shop-blue']);
  const refused = kube.requests.all.filter(({ status, path }) => status === 403 && !BEYOND_ROLES.test(path));
  expect(refused.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

test('without the second one preflight names what is missing, before anything is written', async () => {
  await using house = await startHouse(FILES);
  const { kube } = house;
  await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, TARGET, 'v1');
  const reads = [{ verbs: ['get'], groups: ['apps'], resources: ['statefulsets'], namespaces: ['shop'] }];
  const token = kube.authority.addUser('somebody', [...rulesOf('rbac.yaml', 'cutover'), ...reads]);
  const platform = await house.another({ kubeconfig: kube.kubeconfig(token) });
  const found = await platform.preflight(TARGET, await planFor(platform, TARGET, 'v2'), soon());
  const missing = found.find(({ code }) => code === 'MISSING_PERMISSIONS');
  for (const words of ['create statefulsets', 'delete statefulsets', 'delete services', 'delete configmaps'])
    expect(missing?.message).toContain(words);
});
