import { describe, expect, test } from '@jest/globals';
import { createApp, deleteApp, readApp, scaleApp } from '../../../src/platforms/marathon/apps.js';
import { failureLike } from '../kubernetes/support.js';
import { type Reply, scripted, soon } from './script.js';

const LOCK = {
  message:
    "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
  deployments: [{ id: '97c136bf' }],
};
const GATEWAY_401 = '<html>\n<head><title>401 Authorization Required</title></head>\n<body>401</body></html>';

describe('an answer that is no answer', () => {
  const CASES: readonly (readonly [name: string, reply: Reply, code: string, words: RegExp])[] = [
    [
      '401 of the gateway, in HTML',
      { status: 401, text: GATEWAY_401, type: 'text/html' },
      'UNAUTHORIZED',
      /401 Authorization Required/,
    ],
    [
      '401 of Marathon',
      { status: 401, json: { message: 'Invalid username or password.' } },
      'UNAUTHORIZED',
      /Invalid username or password/,
    ],
    [
      '403 of the gateway, in HTML',
      { status: 403, text: '<html>403 Forbidden</html>', type: 'text/html' },
      'FORBIDDEN',
      /403 Forbidden/,
    ],
    [
      '403 of Marathon',
      { status: 403, json: { message: 'Not Authorized to perform this action!' } },
      'FORBIDDEN',
      /may not read the app \/svc-blue/,
    ],
    [
      'a service that the gateway does not know',
      { status: 404, text: '404 Not Found: service not found.' },
      'NOT_FOUND',
      /service not found/,
    ],
    [
      'a stale table of the gateway',
      { status: 503, text: '503 Service Unavailable: invalid Marathon svcapps cache' },
      'SERVER_ERROR',
      /svcapps cache/,
    ],
    [
      'no leader',
      { status: 502, json: { message: 'Could not determine the current leader' } },
      'SERVER_ERROR',
      /current leader/,
    ],
    ['a login page', { status: 200, text: '<html>Sign in</html>', type: 'text/html' }, 'NOT_JSON', /Sign in/],
    [
      'half an answer',
      { status: 200, text: '{"app": {"id"', type: 'application/json' },
      'TRUNCATED',
      /ended in the middle/,
    ],
  ];
  test.each(CASES)('%s is a sentence', async (_, reply, code, words) => {
    await using server = await scripted(() => reply);
    await expect(readApp(server.client, '/svc-blue', soon())).rejects.toMatchObject(failureLike(code, words));
  });

  test('an app that does not exist is no failure', async () => {
    await using server = await scripted(() => ({ status: 404, json: { message: "App '/svc-blue' does not exist" } }));
    expect(await readApp(server.client, '/svc-blue', soon())).toBeUndefined();
  });

  test('what passes by itself is waited for: a restarting Edge-LB, Marathon without a leader', async () => {
    const replies: Reply[] = [
      { status: 404, text: '404 Not Found: service not found.' },
      { status: 503, text: '503 Service Unavailable' },
      { json: { app: { id: '/svc-blue' } } },
    ];
    await using server = await scripted((_, before) => replies[before.length]);
    expect(await readApp(server.client, '/svc-blue', soon())).toMatchObject({ id: '/svc-blue' });
  });

  test('a definition that Marathon refuses is told with the field and the reason', async () => {
    const json = { message: 'Object is not valid', details: [{ path: '/cpus', errors: ['error.expected.jsnumber'] }] };
    await using server = await scripted(() => ({ status: 422, json }));
    const created = createApp(server.client, { id: '/svc-green' }, () => false, soon());
    await expect(created).rejects.toMatchObject(failureLike('REJECTED', /\/cpus: error\.expected\.jsnumber/));
  });
});

describe('a lock of Marathon', () => {
  test('is waited for and never forced; the deployment that holds it is asked for', async () => {
    await using server = await scripted(({ path }, before) => {
      const asked = before.filter(one => one.path === '/service/marathon/v2/deployments').length;
      if (path.endsWith('/v2/deployments')) return { json: asked < 2 ? [{ id: '97c136bf' }] : [] };
      return before.some(one => one.method === 'PATCH')
        ? { json: { version: 'x', deploymentId: 'y' } }
        : { status: 409, json: LOCK };
    });
    await scaleApp(server.client, '/svc-blue', 3, soon());
    expect(server.seen.map(({ method }) => method)).toEqual(['PATCH', 'GET', 'GET', 'GET', 'PATCH']);
    expect(server.seen.filter(({ path }) => /force=true/.test(path))).toEqual([]);
  });

  test('that does not end is told with its id when the time is over', async () => {
    await using server = await scripted(({ path }) =>
      path.endsWith('/v2/deployments') ? { json: [{ id: '97c136bf' }] } : { status: 409, json: LOCK },
    );
    const scaled = scaleApp(server.client, '/svc-blue', 3, soon(200));
    await expect(scaled).rejects.toMatchObject(failureLike('APP_LOCKED', /97c136bf held a lock/));
  });

  test('and the limit of deployments at once, which looks like a permission, are both waited for', async () => {
    const limit = { status: 403, json: { message: 'Max number (100) of running deployments is achieved. Try again.' } };
    await using server = await scripted(({ method }, before) => {
      if (method === 'GET') return { json: [] };
      return before.length === 0 ? limit : { json: { version: 'x', deploymentId: 'y' } };
    });
    await deleteApp(server.client, '/svc-blue', soon());
    expect(server.seen.at(-1)?.method).toBe('DELETE');
  });
});

describe('a write whose answer was lost', () => {
  test('is decided by reading: the app is there and is ours', async () => {
    await using server = await scripted(({ method }) =>
      method === 'POST' ? { isLost: true } : { json: { app: { id: '/svc-green', labels: { MINE: 'yes' } } } },
    );
    await createApp(server.client, { id: '/svc-green' }, app => app.labels?.MINE === 'yes', soon());
    expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('is not taken for ours when the app is somebody else’s', async () => {
    await using server = await scripted(({ method }) =>
      method === 'POST' ? { isLost: true } : { json: { app: { id: '/svc-green', labels: {} } } },
    );
    const created = createApp(server.client, { id: '/svc-green' }, app => app.labels?.MINE === 'yes', soon());
    await expect(created).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  });

  test('is made again where twice is the same as once', async () => {
    await using server = await scripted((_, before) =>
      before.length === 0 ? { isLost: true } : { json: { version: 'x', deploymentId: 'y' } },
    );
    await deleteApp(server.client, '/svc-blue', soon());
    expect(server.seen.map(({ path }) => path)).toEqual(
      Array(2).fill('/service/marathon/v2/apps/svc-blue?force=false'),
    );
  });
});

test('scaling an app that does not exist fails, and creates none', async () => {
  await using server = await scripted(() => ({ status: 404, json: { message: "App '/typo' does not exist" } }));
  await expect(scaleApp(server.client, '/typo', 3, soon())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
