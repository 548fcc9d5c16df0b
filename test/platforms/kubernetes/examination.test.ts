import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { examine } from '../../../src/platforms/kubernetes/examination.js';
import { globExpression } from '../../../src/platforms/kubernetes/files.js';
import { readManifest } from '../../../src/platforms/kubernetes/manifest.js';
import { readYaml } from '../../../src/platforms/kubernetes/yaml.js';
import { deployment, service, shop, yaml } from './support.js';

let workspace = '';

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
});
afterEach(() => rm(workspace, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, name)), { recursive: true });
    await writeFile(join(workspace, name), text);
  }
}

const AUTOSCALER = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, maxReplicas: 3 },
};

describe('mistakes that can be seen without a cluster', () => {
  test('a good target has none', async () => {
    await write({ 'shop.yaml': yaml(deployment({}), service({ app: 'shop' })) });
    expect(await examine(shop(), workspace)).toEqual([]);
  });

  test('a target without a manifest may still be switched', async () => {
    expect(await examine(shop({ manifest: undefined }), workspace)).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['no such file', {}, 'shop.yaml names no YAML file under '],
    [
      'no workload',
      { 'shop.yaml': yaml(service({})) },
      'shop.yaml has no workload; it needs a Deployment or StatefulSet.',
    ],
    [
      'two workloads behind one route',
      { 'shop.yaml': yaml(deployment({}), deployment({ name: 'cart' }), service({ app: 'shop' })) },
      'Service shop selects the pods of Deployment shop and Deployment cart; give them labels that differ.',
    ],
    [
      'two autoscalers of one workload',
      { 'shop.yaml': yaml(deployment({ name: 'cart' }), AUTOSCALER, { ...AUTOSCALER, metadata: { name: 'again' } }) },
      'There are 2 HorizontalPodAutoscalers for Deployment cart, and it can have one.',
    ],
    [
      'a further workload whose name leaves no room for the slot',
      {
        'shop.yaml': yaml(deployment({}), {
          ...deployment({ name: 'a-set-with-quite-a-long-name-for-all-that-it-does' }),
          kind: 'StatefulSet',
        }),
      },
      "gets the slot's name behind its own: 60 characters, of at most 52.",
    ],
    [
      'workloads of several namespaces',
      {
        'shop.yaml': yaml(deployment({}), {
          ...deployment({ name: 'cart' }),
          metadata: { name: 'cart', namespace: 'another' },
        }),
      },
      'The workloads of shop.yaml are in several namespaces, and a slot is in one.',
    ],
    ['invalid YAML', { 'shop.yaml': 'a: 1\nb: [1\nc: 2\n' }, 'shop.yaml, line 3 is not valid YAML: '],
    [
      'no object',
      { 'shop.yaml': 'apiVersion: v1\nkind: Service\n' },
      'Document 1 of shop.yaml is not a Kubernetes object: it has no metadata.name.',
    ],
    [
      'an autoscaler of something else',
      { 'shop.yaml': yaml(deployment({}), AUTOSCALER) },
      'HorizontalPodAutoscaler shop in shop.yaml scales Deployment cart, and should scale Deployment shop.',
    ],
    [
      'a kind that is not supported',
      { 'shop.yaml': yaml({ ...deployment({}), kind: 'DaemonSet' }) },
      'apps/v1 DaemonSet in shop.yaml is not supported; use a Deployment or StatefulSet of apps/v1.',
    ],
    [
      'a document twice',
      { 'shop.yaml': yaml(deployment({}), service({}), service({})) },
      'Service shop is defined twice, in shop.yaml and in shop.yaml.',
    ],
  ])('%s', async (_, files, sentence) => {
    await write(files);
    const problems = await examine(shop(), workspace);
    expect(problems).toEqual([{ path: 'manifest', message: expect.stringContaining(sentence) }]);
  });

  test('all at once: containers, slots, routes and the namespace', async () => {
    await write({ 'shop.yaml': yaml(deployment({})) });
    const target = shop({
      slots: { blue: 'shop', green: 'shop' },
      routes: ['service/shop', 'tcproute/shop', 'service/shop'],
      images: { sidecar: 'x:1' },
    });
    expect(await examine(target, workspace)).toEqual([
      { path: 'slots.green', message: 'Both slots are called shop; the new version needs a place of its own.' },
      {
        path: 'routes.1',
        message:
          'tcproute/shop is of no kind that can be switched; those are service, httproute, grpcroute, ingress and virtualservice, such as service/shop.',
      },
      { path: 'routes.2', message: 'service/shop is named twice.' },
      { path: 'images.sidecar', message: 'The manifest has no container called sidecar; it has web.' },
    ]);
    expect(await examine(shop({ namespace: 'prod' }), workspace)).toEqual([
      { path: 'manifest', message: 'Deployment shop says namespace shop, but the target says prod.' },
    ]);
  });
});

describe('where a manifest is looked for', () => {
  test('a folder gives its own YAML and JSON files, a glob all that it matches', async () => {
    await write({
      'k8s/a.yaml': yaml(deployment({})),
      'k8s/b.json': JSON.stringify(service({ app: 'shop' })),
      'k8s/notes.txt': 'not: [yaml',
      'k8s/deep/c.yml': yaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } }),
    });
    const kinds = async (manifest: string) => {
      const { manifest: read } = await readManifest(shop({ manifest }), workspace);
      return read && [read.workload, ...read.others].map(object => object.kind);
    };
    expect(await kinds('k8s')).toEqual(['Deployment', 'Service']);
    expect(await kinds('k8s/**/*.{yaml,yml}')).toEqual(['Deployment', 'ConfigMap']);
    expect(await kinds('k8s/a.*')).toEqual(['Deployment']);
  });

  test.each([
    ['*.yaml', 'a.yaml', true],
    ['*.yaml', 'deep/a.yaml', false],
    ['**/*.yaml', 'deep/er/a.yaml', true],
    ['**/*.yaml', 'a.yaml', true],
    ['?.y{a,}ml', 'b.yml', true],
    ['[ab].json', 'c.json', false],
  ])('%s and %s', (glob, path, matches) => {
    expect(globExpression(glob).test(path)).toBe(matches);
  });

  test('what only a server writes is left out of saved documents', async () => {
    const saved = deployment({});
    const metadata = { ...saved.metadata, uid: 'x', resourceVersion: '12', managedFields: [], creationTimestamp: null };
    await write({ 'shop.yaml': yaml({ ...saved, metadata, status: { replicas: 3 } }) });
    const { manifest } = await readManifest(shop(), workspace);
    expect(manifest?.workload).toEqual(deployment({}));
  });
});

describe('YAML as kubectl reads it', () => {
  test('file modes are octal, yes is true, << merges, and y is a letter', () => {
    const text =
      'base: &base {mode: 0644}\nhere:\n  <<: *base\n  on: yes\n  y: n\n  quoted: "0644"\n  new: 0o17\n  day: 2026-01-02\n';
    expect(readYaml(text)).toEqual({
      documents: [
        {
          base: { mode: 0o644 },
          here: { mode: 0o644, true: true, y: 'n', quoted: '0644', new: 0o17, day: '2026-01-02' },
        },
      ],
    });
  });
});
