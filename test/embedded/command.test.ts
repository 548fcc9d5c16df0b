import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { embedded } from '../../src/embedded/command.js';
import { deployment, service } from './kubernetes/support.js';
import { sleep } from './load.js';
import { app, pool, until } from './marathon/support.js';

function streams() {
  const abort = new AbortController();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = { stdout: '', stderr: '' };
  stdout.on('data', chunk => {
    written.stdout += chunk;
  });
  stderr.on('data', chunk => {
    written.stderr += chunk;
  });
  return { abort, written, io: { stdout, stderr, signal: abort.signal } };
}

test('serves until it is interrupted, and takes its kubeconfig away', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-command-'));
  const kubeconfig = join(directory, 'config');
  const seed = join(directory, 'seed.yaml');
  await writeFile(seed, [deployment('blue'), service('blue')].map(object => dump(object)).join('---\n'));
  const { abort, io, written } = streams();
  const running = embedded(['kubernetes', '--kubeconfig', kubeconfig, '--seed', seed], io);
  for (let tries = 0; tries < 200 && !written.stdout.includes('KUBECONFIG'); tries += 1) await sleep(10);
  expect(written.stdout).toMatch(/^The embedded Kubernetes serves https:\/\/127\.0\.0\.1:\d+\n/);
  expect(written.stdout).toContain(`export KUBECONFIG=${kubeconfig}`);
  expect(readFileSync(kubeconfig, 'utf8')).toContain('certificate-authority-data');
  abort.abort();
  expect(await running).toBe(0);
  expect(existsSync(kubeconfig)).toBe(false);
  await rm(directory, { recursive: true });
});

test('serves a DC/OS with the apps and pools of the files, and says where everything is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-command-'));
  const [appFile, poolFile] = [join(directory, 'app.json'), join(directory, 'pool.json')];
  await writeFile(appFile, JSON.stringify(app('/svc-blue')));
  await writeFile(poolFile, JSON.stringify(pool(['/svc-blue'])));
  const { abort, io, written } = streams();
  const running = embedded(['marathon', '--seed', appFile, '--seed', poolFile], io);
  await until('it serves', () => written.stdout.includes('export DCOS_URL'), 15_000);
  expect(written.stdout).not.toContain('Not everything');
  const url = /pool sample-config, port 80: (\S+)/.exec(written.stdout)?.[1] ?? '';
  const token = /DCOS_ACS_TOKEN=(\S+)/.exec(written.stdout)?.[1];
  const cluster = /^The embedded DC\/OS serves (\S+)/.exec(written.stdout)?.[1];
  const headers = { authorization: `token=${token}` };
  expect((await fetch(`${cluster}/service/marathon/v2/apps/svc-blue`, { headers })).status).toBe(200);
  await until('the app is served', async () => (await fetch(url)).status === 200, 15_000);
  abort.abort();
  expect(await running).toBe(0);
  await rm(directory, { recursive: true });
}, 60_000);

test('serves a BCS with the deployments and services of the files, and says where everything is', async () => {
  const { abort, io, written } = streams();
  const examples = join(import.meta.dirname, '../../examples/bcs-mesos');
  const seeds = ['test-blue.json', 'test-svc.json'].flatMap(name => ['--seed', join(examples, name)]);
  const running = embedded(['bcs', ...seeds], io);
  await until('it serves', () => written.stdout.includes('bcs.conf'), 50_000);
  const url = /^The embedded BCS serves (\S+), cluster BCS-MESOS-10000/.exec(written.stdout)?.[1];
  const { bcs_token: token } = JSON.parse(/bcs\.conf {2}(.*)/.exec(written.stdout)?.[1] ?? '{}');
  const path = '/bcsapi/v4/storage/query/mesos/dynamic/clusters/BCS-MESOS-10000/service';
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ code: 0, data: [{ resourceName: 'test' }] });
  const live = /service test, port test-port: (\S+)/.exec(written.stdout)?.[1] ?? '';
  expect((await fetch(live)).headers.get('x-app-slot')).toBe('test-blue');
  abort.abort();
  expect(await running).toBe(0);
}, 60_000);

test('serves a BCS with the service as the guide prints it, and says that no load balancer serves that', async () => {
  const { abort, io, written } = streams();
  const guide = join(import.meta.dirname, '../platforms/bcs/guide/test-svc.json.txt');
  const running = embedded(['bcs', '--seed', guide], io);
  await until('it serves', () => written.stdout.includes('bcs.conf'), 50_000);
  expect(written.stdout).toContain('service test, port http-port: no load balancer serves it');
  abort.abort();
  expect(await running).toBe(0);
}, 60_000);

test('a file that cannot be seeded is told in a sentence, and nothing is served', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cutover-test-'));
  const seed = async (text: string): Promise<string> => {
    const file = join(directory, 'seed.yaml');
    await writeFile(file, text);
    const { io, written } = streams();
    expect(await embedded(['bcs', '--seed', file], io)).toBe(2);
    return written.stderr.replace(file, 'FILE');
  };
  expect(await seed('{"a": ')).toMatch(/^--seed FILE is neither JSON nor YAML: /);
  expect(await seed('kind: Service')).toContain('--seed FILE holds Service; a Mesos cluster of BCS is seeded with');
  const twice = 'kind: service\nmetadata: {name: a, namespace: b}\nspec: {}';
  expect(await seed(`${twice}\n---\n${twice}`)).toContain('cannot be created: service already exist.');
  const { io, written } = streams();
  expect(await embedded(['kubernetes', '--seed', join(directory, 'none.yaml')], io)).toBe(2);
  expect(written.stderr).toMatch(/none.yaml cannot be read/);
  await rm(directory, { recursive: true });
}, 60_000);

test('serves a Cloud Foundry that says where to log in', async () => {
  const { io, written, abort } = streams();
  const running = embedded(['cloud-foundry'], io);
  await until('it serves', () => written.stdout.includes('routers'), 30_000);
  const url = /^The embedded Cloud Foundry serves (\S+), user admin/.exec(written.stdout)?.[1];
  expect(await (await fetch(`${url}/`)).json()).toMatchObject({ links: { login: { href: `${url}/uaa` } } });
  abort.abort();
  expect(await running).toBe(0);
}, 60_000);

test('says what it can serve when it is asked for something else', async () => {
  const { io, written } = streams();
  expect(await embedded(['nomad'], io)).toBe(2);
  expect(written.stderr).toContain(
    'There is no embedded platform "nomad". Those that can be served are: kubernetes, marathon, bcs, cloud-foundry.',
  );
  expect(await embedded(['kubernetes', '--colour', 'blue'], io)).toBe(2);
  expect(await embedded(['--help'], io)).toBe(0);
  expect(written.stdout).toContain('Usage: embedded kubernetes');
});
