import { expect, test } from '@jest/globals';
import { Descriptions } from '../descriptions.js';
import { app, call, edgeLb, marathon, pool, startWith } from './support.js';

const descriptions = new Descriptions();

test('every request and answer of a whole release is as the API descriptions say', async () => {
  const { onExchange } = descriptions;
  await using at = await startWith([app('/svc-blue', { instances: 2 })], { onExchange, router: 'built-in' });
  await call(at, 'POST', '/acs/api/v1/auth/login', { authorization: null, body: at.credentials });
  for (const path of ['/v2/info', '/v2/leader', '/v2/apps?embed=apps.tasks', '/v2/groups', '/v2/queue', '/ping']) {
    await marathon(at, 'GET', path);
  }
  await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
  await marathon(at, 'POST', '/v2/apps', app('/svc-green', { readinessChecks: [{ portName: 'web' }] }));
  await marathon(at, 'POST', '/v2/apps', app('/svc-green'));
  await marathon(at, 'GET', '/v2/deployments');
  await marathon(at, 'PATCH', '/v2/apps/svc-green', { instances: 2 });
  await at.settled();
  await marathon(at, 'PUT', '/v2/apps/svc-green', { instances: 2 });
  await at.settled();
  for (const path of ['', '/versions', '/tasks']) await marathon(at, 'GET', `/v2/apps/svc-green${path}`);
  const [version] = at.marathon.versions('/svc-green');
  await marathon(at, 'GET', `/v2/apps/svc-green/versions/${version?.version}`);
  await edgeLb(at, 'PUT', '/v2/pools/sample-config', pool(['/svc-green']));
  for (const path of [
    '/v2/pools',
    '/v2/config',
    '/v2/pools/sample-config',
    '/v2/pools/sample-config/lbconfig',
    '/ping',
  ]) {
    await edgeLb(at, 'GET', path);
  }
  await edgeLb(at, 'GET', '/v2/pools/missing');
  const [one, other] = at.tasks('/svc-blue');
  await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: [one?.id] });
  await at.settled();
  await marathon(at, 'DELETE', `/v2/apps/svc-blue/tasks/${other?.id}?scale=true`);
  await at.settled();
  await marathon(at, 'GET', '/v2/tasks');
  const stream = new AbortController();
  const headers = { accept: 'text/event-stream', authorization: `token=${at.token()}` };
  const events = `${at.url}/service/marathon/v2/events?event_type=deployment_success`;
  expect((await fetch(events, { headers, signal: stream.signal })).ok).toBe(true);
  stream.abort();
  await marathon(at, 'DELETE', '/v2/apps/svc-blue?force=false');
  await marathon(at, 'GET', '/v2/apps/svc-blue/tasks');
  await marathon(at, 'POST', '/v2/apps', { id: 7 });
  await at.settled();
  await edgeLb(at, 'DELETE', '/v2/pools/sample-config');
  expect(descriptions.problems).toEqual([]);
  expect(descriptions.checked).toBe(at.requests.all.length);
});

const update = { version: '2026-01-01T00:00:00.000Z', deploymentId: 'x' };

test.each([
  [
    'a definition with a wrong type',
    'POST',
    '/service/marathon/v2/apps',
    { ...app('/x'), instances: '2' },
    201,
    app('/x'),
  ],
  ['a definition with a mistyped field', 'PATCH', '/service/marathon/v2/apps/x', { instance: 2 }, 200, update],
  ['an answer without what it must have', 'GET', '/service/marathon/v2/apps/x', undefined, 200, { app: { id: '/x' } }],
  ['an operation that there is none of', 'GET', '/service/marathon/v2/appz', undefined, 200, {}],
  ['a stream of events that is a document', 'GET', '/service/marathon/v2/events', undefined, 200, {}],
  ['a pool with a wrong type', 'PUT', '/service/edgelb/v2/pools/x', pool([], { count: 'two' }), 200, pool([])],
  ['a pool with a mistyped field', 'PUT', '/service/edgelb/v2/pools/x', pool([], { counts: 2 }), 200, pool([])],
  ['an answer that is no pool', 'GET', '/service/edgelb/v2/pools/x', undefined, 200, { haproxy: [] }],
  ['a login that gives more than a token', 'POST', '/acs/api/v1/auth/login', {}, 200, { token: 'x', more: 1 }],
])('what is not as described is seen: %s', (_, method, path, request, status, answer) => {
  descriptions.problems.length = 0;
  const headers = { 'content-type': 'application/json' };
  const requestBody = request === undefined ? '' : JSON.stringify(request);
  descriptions.onExchange({ method, path, requestBody, status, headers, body: JSON.stringify(answer) });
  expect(descriptions.problems).not.toEqual([]);
});
