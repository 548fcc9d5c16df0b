import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { makeCertificates } from './certificates.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
let made: ReturnType<typeof makeCertificates>;
beforeAll(() => {
  made = makeCertificates();
});
afterAll(() => made[Symbol.dispose]());

const read = (name: string) => readFileSync(join(made.folder, name), 'utf8');

/** Makes a check on a server that lets those in who show a certificate of the private authority. */
async function ask(written: object) {
  const options = { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem') };
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: false }, (question, answer) => {
    answer.writeHead((question.socket as TLSSocket).authorized ? 200 : 403).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await inspect(checkOf(written), subjectAt(url), toolsFor(made.folder).tools, never);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const OWN = { certificate: 'client.pem', key: 'client.key' };

describe.each([
  ['an http check', (tls: object) => ({ http: { path: '/', ...tls } })],
  ['a load', (tls: object) => ({ load: { path: '/', for: '100ms', connections: 1, ...tls } })],
])('%s over TLS', (_name, checkWith) => {
  test('trusts a private authority that is named, and shows its own certificate', async () => {
    expect(await ask(checkWith({ tls: { ca: 'ca.pem', ...OWN } }))).toMatchObject({ verdict: 'pass' });
    expect((await ask(checkWith({ tls: { ca: 'ca.pem' } }))).reason).toContain('403');
  });

  test('takes certificate and key as they are, such as from the environment', async () => {
    const tls = { ca: read('ca.pem'), certificate: read('client.pem'), key: read('client.key') };
    expect(await ask(checkWith({ tls }))).toMatchObject({ verdict: 'pass' });
  });

  test('fails with an authority that nobody named', async () => {
    expect(await ask(checkWith({}))).toMatchObject({ verdict: 'fail' });
  });

  test('is unknown with a file that is not there (P14)', async () => {
    const result = await ask(checkWith({ tls: { ca: 'none.pem' } }));
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 0 });
    expect(result.reason).toContain('none.pem');
  });
});

test('what is wrong with a certificate is said', async () => {
  expect((await ask({ http: { path: '/' } })).reason).toContain(
    "the server's TLS certificate or handshake was not accepted",
  );
});
