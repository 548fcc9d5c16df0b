import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { release } from '../../src/command.js';
import { type EmbeddedKubernetes, type Rule, startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { worldOf } from '../hosts/world.js';
import { ROOT, read } from './support/repository.js';

const QUICK = ['--settle', '50ms', '--bake', '100ms', '--hold', '50ms', '--confirm-timeout', '5s'];

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
}

function rulesOf(file: string, name: string, leftOut?: string): readonly Rule[] {
  const roles = loadAll(read(file)) as readonly Role[];
  const role = roles.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name);
  return (role?.rules ?? [])
    .filter(({ resources }) => !leftOut || !resources.includes(leftOut))
    .map(({ apiGroups, resources, verbs }) => ({ verbs, groups: apiGroups, resources, namespaces: ['shop'] }));
}

const both = (leftOut?: string) => [
  ...rulesOf('examples/rbac.yaml', 'cutover'),
  ...rulesOf('examples/rbac-routes.yaml', 'cutover-routes', leftOut),
];

/** Nodes and webhooks belong to the cluster: preflight judges them where it may. */
const OPTIONAL = /^\/api\/v1\/nodes\b|^\/apis\/admissionregistration\.k8s\.io\//;

/** Runs the canary of the examples as somebody who may do what the rules say, without its live URL, which is nobody's. */
async function runAs(kube: EmbeddedKubernetes, rules: readonly Rule[], words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-rbac-'));
  try {
    cpSync(join(ROOT, 'examples/kubernetes-canary'), folder, { recursive: true });
    const lines = read('examples/kubernetes-canary/cutover.yml').split('\n');
    const kept = lines.filter(line => !/^ +(live-url|checks|- http: \{ path: \/healthz)/.test(line));
    writeFileSync(join(folder, 'cutover.yml'), kept.join('\n'));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kube.kubeconfig(kube.authority.addUser('somebody', rules)));
    const given = ['--config', 'cutover.yml', '--kubeconfig', kubeconfig, '--report-directory', folder, ...QUICK];
    const smoke = ['--smoke', '[{ http: { path: / } }]'];
    const { world, stdout, stderr } = worldOf({}, { arguments: [...words, ...given, ...smoke], workspace: folder });
    const before = kube.requests.all.length;
    const exitCode = await release({ ...world, program: '' });
    const asked = kube.requests.all.slice(before);
    const refused = asked.filter(({ status, path }) => status === 403 && !OPTIONAL.test(path));
    return { exitCode, text: stdout() + stderr(), refused: refused.map(({ method, path }) => `${method} ${path}`) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function emptyNamespace(): Promise<EmbeddedKubernetes> {
  const kube = await startEmbeddedKubernetes();
  await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  return kube;
}

test('examples/rbac-routes.yaml is enough for a canary: its first release, the next one in steps, and the way back', async () => {
  await using kube = await emptyNamespace();
  const releases = [
    ['run', '--version', '1'],
    ['run', '--version', '2', '--teardown', 'keep'],
    ['rollback', '--version', '2'],
  ];
  for (const words of releases) {
    const { exitCode, refused, text } = await runAs(kube, both(), words);
    const wanted = { words, exitCode: 0, refused: [], text: '' };
    expect({ words, exitCode, refused, text: exitCode === 0 ? '' : text }).toEqual(wanted);
  }
});

test('without its rule for HTTPRoutes a release is refused, and the missing rule is named', async () => {
  await using kube = await emptyNamespace();
  expect(await runAs(kube, both(), ['run', '--version', '1'])).toMatchObject({ exitCode: 0 });
  const { exitCode, text } = await runAs(kube, both('httproutes'), ['run', '--version', '2']);
  expect(exitCode).not.toBe(0);
  expect(text).toContain('httproutes');
});
