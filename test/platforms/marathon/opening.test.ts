import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type MarathonConfig, marathonSchema } from '../../../src/config/marathon-schema.js';
import { targetSchema } from '../../../src/config/schema.js';
import { createCertificate } from '../../../src/embedded/serving/certificate.js';
import { systemClock } from '../../../src/lib/poll.js';
import { open } from '../../../src/platforms/marathon/index.js';
import type { Platform } from '../../../src/platforms/port.js';
import { failureLike } from '../kubernetes/support.js';
import { type House, startHouse } from './house.js';
import { soon } from './script.js';

const TARGET = targetSchema.parse({
  name: 'svc',
  slots: { blue: '/svc-blue', green: '/svc-green' },
  routes: ['pool/sample-config/svc'],
});

function opened(section: object, workspace: string): Promise<Platform> {
  const marathon: MarathonConfig = marathonSchema.parse(section);
  const log = { debug: () => undefined, warning: () => undefined };
  const nothing = { kubeconfig: undefined, context: undefined, namespace: undefined };
  return open({ workspace, environment: {}, ...nothing, marathon, log, mask: () => undefined, clock: systemClock });
}

/** The cluster's gateway as its users see it: under HTTPS, with a certificate of the cluster's own, and behind a path. */
async function secured(house: House, prefix: string) {
  const { key, cert } = createCertificate(Date.now());
  const server = createServer({ key, cert }, async (request, response) => {
    const path = request.url?.startsWith(prefix) ? request.url.slice(prefix.length) : '/nowhere';
    const headers = { authorization: request.headers.authorization ?? '', accept: request.headers.accept ?? '' };
    const answer = await fetch(`${house.dcos.url}${path}`, { headers });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;
  return { url, cert, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('a cluster with an authority of its own', () => {
  test('is trusted by its certificate, as text or as a file, and behind a path', async () => {
    await using house = await startHouse();
    await using gateway = await secured(house, '/dcos');
    await writeFile(join(house.workspace, 'ca.crt'), gateway.cert);
    const credentials = { token: house.dcos.token() };
    for (const ca of [gateway.cert, 'ca.crt']) {
      await using platform = await opened({ url: gateway.url, credentials, ca }, house.workspace);
      expect(await platform.inspect(TARGET, soon())).toMatchObject({ live: '/svc-blue' });
    }
  });

  test('is not spoken to without it, and what to give is said', async () => {
    await using house = await startHouse();
    await using gateway = await secured(house, '');
    const credentials = { token: house.dcos.token() };
    await using platform = await opened({ url: gateway.url, credentials }, house.workspace);
    const looked = platform.inspect(TARGET, soon());
    await expect(looked).rejects.toMatchObject(failureLike('TLS', /could not be trusted/));
  });

  test('whose certificate is not a file is a mistake before anything is contacted', async () => {
    const ca = 'nothing.crt';
    const platform = opened({ url: 'https://dcos.example', ca }, import.meta.dirname);
    await expect(platform).rejects.toMatchObject(
      failureLike('MARATHON_SETTINGS', /nothing\.crt, which cannot be read/),
    );
  });
});

test('Marathon and Edge-LB may be elsewhere than DC/OS has them', async () => {
  await using house = await startHouse();
  const section = {
    'marathon-url': `${house.dcos.url}/marathon`,
    'edge-lb-url': `${house.dcos.url}/service/edgelb/`,
    credentials: { token: house.dcos.token() },
  };
  await using platform = await opened(section, house.workspace);
  expect(await platform.inspect(TARGET, soon())).toMatchObject({ live: '/svc-blue' });
});
