import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { createCertificate } from '../../../src/embedded/serving/certificate.js';
import { openServer } from '../../../src/platforms/kubernetes/kubeconfig.js';
import { type KubeconfigSource, Server } from '../../../src/platforms/kubernetes/server.js';
import type { PlatformSettings } from '../../../src/platforms/port.js';
import { clockOf, soon } from './support.js';

const own = createCertificate(Date.now());
const client = createCertificate(Date.now());
const base64 = (text: string) => Buffer.from(text).toString('base64');

let folder = '';
let server: HttpsServer;
let port = 0;
/** What the API server was shown of who asks. */
const shown: { token: string | undefined; certificate: boolean }[] = [];
const masked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-credentials-'));
  server = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const certificate = (request.socket as TLSSocket).getPeerCertificate();
    shown.push({ token: request.headers.authorization, certificate: Object.keys(certificate).length > 0 });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  shown.length = 0;
  masked.length = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  await rm(folder, { recursive: true });
});

function kubeconfig(user: object, name = 'somebody'): string {
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(own.cert) };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'shop', cluster }],
    users: [{ name, user }],
    contexts: [{ name: 'shop', context: { cluster: 'shop', user: name } }],
    'current-context': 'shop',
  });
}

const settings: PlatformSettings = {
  workspace: '/',
  environment: {},
  kubeconfig: undefined,
  context: undefined,
  namespace: undefined,
  log: { debug: () => undefined, warning: () => undefined },
  mask: secret => masked.push(secret),
  clock: clockOf(),
};

async function ask(server: Server): Promise<void> {
  await using opened = server;
  expect((await opened.send({ method: 'GET', path: '/version' }, soon())).status).toBe(200);
}

async function askAs(user: object): Promise<void> {
  await ask(await openServer({ ...settings, kubeconfig: kubeconfig(user) }));
}

/** A token as identity providers sign it: who checks it is the API server. */
function jwt(claims: object): string {
  return [{ alg: 'none' }, claims, 'signature']
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

describe('who asks is known to an API server by', () => {
  test('a credential plugin, which is run once for many requests', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-a-plugin' },
    };
    const log = join(folder, 'runs');
    const script = `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x'); console.log(${JSON.stringify(JSON.stringify(credential))})`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      interactiveMode: 'Never',
    };
    await using opened = await openServer({ ...settings, kubeconfig: kubeconfig({ exec }) });
    for (let turn = 0; turn < 3; turn++) await opened.send({ method: 'GET', path: '/version' }, soon());
    expect(shown.map(({ token }) => token)).toEqual(Array(3).fill('Bearer from-a-plugin'));
    expect(masked).toContain('from-a-plugin');
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(log, 'utf8')).toBe('x');
  });

  test('a credential plugin that fails is told in one sentence, with what to run', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', 'process.exit(3)'],
    };
    await expect(askAs({ exec })).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringMatching(/^The credentials of the kubeconfig could not be used: /),
    });
  });

  test('an OIDC token that has not expired', async () => {
    const token = jwt({ exp: Math.floor(Date.now() / 1_000) + 3_600 });
    const config = {
      'id-token': token,
      'refresh-token': 'again',
      'client-id': 'ci',
      'idp-issuer-url': 'https://issuer.example',
    };
    await askAs({ 'auth-provider': { name: 'oidc', config } });
    expect(shown).toEqual([{ token: `Bearer ${token}`, certificate: false }]);
    expect(masked).toEqual(expect.arrayContaining([token, 'again']));
  });

  test('a client certificate, as data and as files', async () => {
    await askAs({ 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) });
    const [certificate, key] = [join(folder, 'client.crt'), join(folder, 'client.key')];
    await Promise.all([writeFile(certificate, client.cert), writeFile(key, client.key)]);
    await askAs({ 'client-certificate': certificate, 'client-key': key });
    expect(shown.map(one => one.certificate)).toEqual([true, true]);
    expect(masked).toContain(base64(client.key));
  });

  test('a token in a file, with or without a line break at its end', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'from-a-file\n');
    await askAs({ tokenFile: file });
    expect(shown).toMatchObject([{ token: 'Bearer from-a-file' }]);
    expect(masked).toContain('from-a-file');
  });

  test('the service account of its pod', async () => {
    const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(account, { recursive: true });
    await Promise.all(
      Object.entries({ token: 'of-the-pod', 'ca.crt': own.cert, namespace: 'shop' }).map(([name, text]) =>
        writeFile(join(account, name), text),
      ),
    );
    const kept = { ...process.env };
    Object.assign(process.env, { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) });
    try {
      const source: KubeconfigSource = { from: 'cluster', root: folder };
      const opened = new Server(source, undefined, secret => masked.push(secret));
      expect(opened.namespace).toBe('shop');
      await ask(opened);
      expect(shown).toMatchObject([{ token: 'Bearer of-the-pod' }]);
    } finally {
      for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']) {
        if (kept[name] === undefined) delete process.env[name];
        else process.env[name] = kept[name];
      }
    }
  });

  test('the files of KUBECONFIG together: the first that says something wins, as for kubectl', async () => {
    const [users, rest, absent] = ['users.yaml', 'rest.yaml', 'absent.yaml'].map(name => join(folder, name));
    await writeFile(
      users ?? '',
      dump({ apiVersion: 'v1', kind: 'Config', users: [{ name: 'somebody', user: { token: 'first' } }] }),
    );
    await writeFile(rest ?? '', kubeconfig({ token: 'second' }));
    const environment = { KUBECONFIG: [absent, users, rest].join(':') };
    await ask(await openServer({ ...settings, environment }));
    expect(shown).toMatchObject([{ token: 'Bearer first' }]);
  });
});
