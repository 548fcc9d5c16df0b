import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { release } from '../../src/command.js';
import { type EmbeddedKubernetes, type Rule, startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { worldOf } from '../hosts/world.js';
import { ROOT, read } from './support/repository.js';

const BASIC = join(ROOT, 'examples/kubernetes-basic');
/** The basic example without what would only make the test long. */
const QUICK = [
  ...['--settle', '50ms', '--bake', '100ms', '--teardown-after', 'immediately', '--confirm-timeout', '2s'],
  ...['--smoke', '[{ http: { path: /version, expect: { version: true } } }]'],
];

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
}

/** The rules of a Role in examples/rbac.yaml, without those that `leftOut` names by their resource. */
function rulesOf(name: string, leftOut?: string): readonly Rule[] {
  const roles = loadAll(read('examples/rbac.yaml')) as readonly Role[];
  const role = roles.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name);
  const rules = (role?.rules ?? []).filter(({ resources }) => !leftOut || !resources.includes(leftOut));
  return rules.map(({ apiGroups, resources, verbs }) => ({
    verbs,
    groups: apiGroups,
    resources,
    namespaces: [role?.metadata.namespace ?? ''],
  }));
}

/**
 * Nodes and webhooks belong to the cluster: preflight judges them where it may, and says so where it may not. The
 * namespace is only asked for to name it where it is missing.
 */
const OPTIONAL = /^\/api\/v1\/nodes\b|^\/api\/v1\/namespaces\/[^/]+$|^\/apis\/admissionregistration\.k8s\.io\//;

/** Runs a verb on the basic example as somebody who may do what the rules say. */
async function runAs(kube: EmbeddedKubernetes, rules: readonly Rule[], words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-rbac-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kube.kubeconfig(kube.authority.addUser('somebody', rules)));
    const given = ['--config', 'cutover.yml', '--kubeconfig', kubeconfig, '--report-directory', folder, ...QUICK];
    const { world, stdout, stderr } = worldOf({}, { arguments: [...words, ...given], workspace: BASIC });
    const before = kube.requests.all.length;
    const exitCode = await release({ ...world, program: '' });
    const refused = kube.requests.all
      .slice(before)
      .filter(({ status, path }) => status === 403 && !OPTIONAL.test(path));
    return { exitCode, text: stdout() + stderr(), refused: refused.map(({ method, path }) => `${method} ${path}`) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function emptyNamespace(): Promise<EmbeddedKubernetes> {
  const kube = await startEmbeddedKubernetes({
    behaviour: pod => ({ version: pod.metadata.annotations?.['cutover/version'] ?? '' }),
  });
  await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  return kube;
}

const RELEASES = [
  ['run', '--version', '1'],
  ['run', '--version', '2', '--teardown', 'keep'],
  ['rollback', '--version', '2'],
];

describe('examples/rbac.yaml', () => {
  test('is enough for the first release, the next one, and the way back', async () => {
    await using kube = await emptyNamespace();
    const rules = rulesOf('cutover');
    expect(rules.length).toBeGreaterThan(8);
    for (const words of RELEASES) {
      const { exitCode, refused, text } = await runAs(kube, rules, words);
      expect({ words, exitCode, refused, text: exitCode === 0 ? '' : text }).toEqual({
        words,
        exitCode: 0,
        refused: [],
        text: '',
      });
    }
  });

  test.each([
    'services',
    'deployments',
    'pods',
    'endpointslices',
    'configmaps',
    'horizontalpodautoscalers',
    'poddisruptionbudgets',
  ])('without its rule for %s a release is refused, and the missing rule is named', async resource => {
    await using kube = await emptyNamespace();
    await runAs(kube, rulesOf('cutover'), ['run', '--version', '1']);
    const { exitCode, text } = await runAs(kube, rulesOf('cutover', resource), ['run', '--version', '2']);
    expect(exitCode).not.toBe(0);
    expect(text).toContain(resource);
  });

  test('without its rule for pods/proxy checks do not pass, and live traffic is not touched', async () => {
    await using kube = await emptyNamespace();
    await runAs(kube, rulesOf('cutover'), ['run', '--version', '1']);
    const { exitCode, refused } = await runAs(kube, rulesOf('cutover', 'pods/proxy'), ['run', '--version', '2']);
    // Preflight may see it coming; else the checks fail.
    expect([1, 3]).toContain(exitCode);
    expect(refused.filter(request => !/\/proxy\b/.test(request))).toEqual([]);
    expect(kube.routing('shop', 'shop').at(-1)?.slots).toEqual(['shop-green']);
  });

  test('its role for planning is enough to plan and to look, and for nothing else', async () => {
    await using kube = await emptyNamespace();
    await runAs(kube, rulesOf('cutover'), ['run', '--version', '1']);
    const rules = rulesOf('cutover-plan');
    expect(rules.flatMap(({ verbs }) => verbs).filter(verb => !['get', 'list'].includes(verb))).toEqual([]);
    for (const verb of ['plan', 'status']) {
      expect(await runAs(kube, rules, [verb, '--version', '2'])).toMatchObject({ exitCode: 0, refused: [] });
    }
    const writes = kube.requests.mutating.length;
    const { exitCode } = await runAs(kube, rules, ['run', '--version', '2']);
    const made = kube.requests.mutating.slice(writes).filter(({ status }) => status < 400);
    expect({ failed: exitCode !== 0, made }).toEqual({ failed: true, made: [] });
  });
});
