import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { deployment, service } from './support.js';

function kubectlVersion(): string | undefined {
  try {
    return execFileSync('kubectl', ['version', '--client'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

const version = kubectlVersion();
if (version === undefined)
  process.stderr.write('SKIPPED: there is no kubectl on the PATH to try the embedded API with.\n');
const describeWithKubectl = version === undefined ? describe.skip : describe;

describeWithKubectl('kubectl', () => {
  let platform: EmbeddedKubernetes;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'embedded-kubectl-'));
    platform = await startEmbeddedKubernetes({ pathPrefix: '/k8s/clusters/c-1', tls: true });
    await writeFile(join(directory, 'config'), platform.kubeconfig());
    const documents = [deployment('blue'), service('blue')].map(object => dump(object)).join('---\n');
    await writeFile(join(directory, 'shop.yaml'), documents);
    await platform.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bg' } }]);
  });

  afterAll(async () => {
    await platform.close();
    await rm(directory, { recursive: true });
  });

  const kubectl = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = {
        env: { ...process.env, KUBECONFIG: join(directory, 'config'), HOME: directory },
        timeout: 15_000,
      };
      execFile('kubectl', ['-n', 'bg', ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout + stderr);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr}`, { cause: error }));
      });
    });

  test('applies manifests, and says what did not change the second time', async () => {
    const file = join(directory, 'shop.yaml');
    expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/blue created\nservice/shop created\n');
    expect(await kubectl('apply', '-f', file)).toBe('deployment.apps/blue unchanged\nservice/shop unchanged\n');
  });

  test('creates by itself what people make before a release', async () => {
    const other = ['-n', 'made'];
    expect(await kubectl('create', 'namespace', 'made')).toBe('namespace/made created\n');
    await kubectl('create', 'configmap', 'settings', '--from-literal=level=info', '--from-literal=empty=', ...other);
    await kubectl('create', 'secret', 'generic', 'keys', '--from-literal=key=hunter2', ...other);
    await kubectl('create', 'serviceaccount', 'robot', ...other);
    expect(platform.objects('configmaps', 'made')).toMatchObject([
      { metadata: { name: 'settings' }, data: { level: 'info', empty: '' } },
    ]);
    const encoded = Buffer.from('hunter2').toString('base64');
    expect(platform.objects('secrets', 'made')).toMatchObject([{ data: { key: encoded } }]);
    await expect(kubectl('create', 'deployment', 'web', '--image=x', ...other)).rejects.toThrow('415');
  });

  test('waits for the rollout and prints the tables', async () => {
    expect(await kubectl('rollout', 'status', 'deployment/blue', '--timeout=10s')).toContain('successfully rolled out');
    const [header, row] = (await kubectl('get', 'deployments')).split('\n');
    expect(header?.split(/\s{2,}/)).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    expect(row).toMatch(/^blue\s+2\/2\s+2\s+2\s+\d+s$/);
    expect(await kubectl('get', 'pods,services,endpointslices')).toMatch(/pod\/blue-\S+\s+1\/1\s+Running\s+0/);
    expect(await kubectl('get', 'svc', 'shop', '-o', 'wide')).toContain('app=shop,color=blue');
  });

  test('applies a new version on the server side, and scales', async () => {
    const file = join(directory, 'green.yaml');
    await writeFile(file, dump(deployment('green', { version: 'v2' })));
    expect(await kubectl('apply', '--server-side', '-f', file)).toContain('deployment.apps/green serverside-applied');
    expect(await kubectl('scale', 'deployment/green', '--replicas=3')).toContain('scaled');
    await kubectl('rollout', 'status', 'deployment/green', '--timeout=10s');
    expect(await kubectl('get', 'deployment', 'green', '-o', 'jsonpath={.status.readyReplicas}')).toBe('3');
  });

  test('patches the Service, and the front door follows', async () => {
    const patch = JSON.stringify([{ op: 'replace', path: '/spec/selector/color', value: 'green' }]);
    expect(await kubectl('patch', 'service', 'shop', '--type=json', '-p', patch)).toBe('service/shop patched\n');
    await platform.settled();
    const answer = await fetch(platform.serviceUrl('bg', 'shop'));
    expect([answer.headers.get('x-app-slot'), answer.headers.get('x-app-version')]).toEqual(['green', 'v2']);
    await answer.text();
  });

  test('sets an image and undoes it', async () => {
    await kubectl('set', 'image', 'deployment/green', 'web=hub.example/shop:v3');
    await kubectl('rollout', 'status', 'deployment/green', '--timeout=10s');
    expect(await kubectl('rollout', 'undo', 'deployment/green')).toContain('rolled back');
    await kubectl('rollout', 'status', 'deployment/green', '--timeout=10s');
    expect(await kubectl('get', 'deployment', 'green', '-o', 'jsonpath={..image}')).toBe('hub.example/shop:v2');
  });

  test('reads logs and events, and describes', async () => {
    expect(await kubectl('logs', 'deployment/blue')).toContain('shop v1');
    expect(await kubectl('get', 'events')).toContain('ScalingReplicaSet');
    expect(await kubectl('describe', 'deployment', 'blue')).toContain('NewReplicaSetAvailable');
  });

  test('creates, explains a refusal, and deletes', async () => {
    const file = join(directory, 'settings.yaml');
    const metadata = { name: 'settings', namespace: 'bg' };
    await writeFile(file, dump({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } }));
    expect(await kubectl('create', '-f', file)).toBe('configmap/settings created\n');
    await expect(kubectl('create', '-f', file)).rejects.toThrow('configmaps "settings" already exists');
    expect(await kubectl('delete', 'deployment', 'blue')).toBe('deployment.apps "blue" deleted\n');
    expect(await kubectl('delete', 'deployment', 'green', '--cascade=foreground')).toBe(
      'deployment.apps "green" deleted\n',
    );
    expect(platform.objects('replicasets', 'bg')).toEqual([]);
  });

  test('asks for nothing that the server does not know', async () => {
    expect(platform.unknownRequests).toEqual([]);
    await platform.settled();
  });
});
