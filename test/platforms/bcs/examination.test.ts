import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../../src/config/schema.js';
import { examine } from '../../../src/platforms/bcs/index.js';
import { printed } from './house.js';

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

/** What is wrong with a target whose manifest holds this, found without contacting anything. */
async function problems(manifest: string, change: object = {}): Promise<readonly string[]> {
  await writeFile(join(workspace, 'green.yaml'), manifest);
  const slots = { blue: 'test-blue', green: 'test-green' };
  const target = { name: 'test', slots, manifest: 'green.yaml', routes: ['service/test'], ...change };
  const config = configSchema.parse({ version: '1', targets: [target] });
  const [first] = config.targets;
  if (!first) throw new Error('There is no target.');
  const found = await examine(first, workspace, { orchestrator: 'mesos' });
  return found.map(({ path, message }) => `${path}: ${message}`);
}

const CONTAINERS = 'template: {spec: {containers: [{image: a}]}}';

describe('a manifest', () => {
  test('of the guide is fine', async () => {
    expect(await problems(printed('test-green.json'))).toEqual([]);
  });

  const CASES: readonly (readonly [name: string, manifest: string, message: string])[] = [
    ['that is empty', '', 'green.yaml holds no definition with kind: deployment.'],
    [
      'of Kubernetes',
      'apiVersion: apps/v1\nkind: Deployment',
      'green.yaml holds no definition with kind: deployment. A Deployment of Kubernetes needs bcs.orchestrator: kubernetes.',
    ],
    [
      'without containers',
      'kind: deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: []}}}',
      'green.yaml: in the deployment, spec.template.spec.containers must hold a container.',
    ],
    [
      'whose container is nothing',
      'kind: deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [null]}}}',
      'green.yaml: in the deployment, spec.template.spec.containers[0] must be an object.',
    ],
    ['without a spec', 'kind: deployment\nmetadata: {name: a}', 'green.yaml: in the deployment, spec is missing.'],
    [
      'whose size is a text',
      `kind: deployment\nmetadata: {name: a}\nspec: {instance: "3", ${CONTAINERS}}`,
      'green.yaml: in the deployment, spec.instance must be a whole number.',
    ],
    [
      'whose label is a number, which BCS would not take',
      `kind: deployment\nmetadata: {name: a, labels: {version: 1}}\nspec: {${CONTAINERS}}`,
      'green.yaml: in the deployment, metadata.labels.version must be a text, so in quotes.',
    ],
    [
      'with a service that is none',
      `kind: deployment\nmetadata: {name: a}\nspec: {${CONTAINERS}}\n---\nkind: service\nmetadata: {name: test}`,
      'green.yaml: in a service, spec is missing.',
    ],
  ];
  test.each(CASES)('%s is told as what it is', async (_, manifest, message) => {
    expect(await problems(manifest)).toEqual([`manifest: ${message}`]);
  });
});

describe('a route', () => {
  test('of another kind names the one that there is', async () => {
    expect(await problems(printed('test-green.json'), { routes: ['ingress/test'] })).toEqual([
      'routes.0: ingress/test is of a kind that is not supported; name a service, such as service/test.',
    ]);
  });

  test('group/NAME says why there is none', async () => {
    const [message] = await problems(printed('test-green.json'), { routes: ['group/test'] });
    expect(message).toMatch(/^routes\.0: group, a service for each slot, is not offered on BCS: .*freeze/);
  });
});
