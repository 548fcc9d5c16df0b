import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/platforms/bcs/client.js';
import { envelope, type Reply, scripted, soon } from './script.js';

function read(client: Client): Promise<unknown> {
  return client.inspect('service', 'defaultGroup', 'test', 'read the service test', soon());
}

function write(client: Client): Promise<void> {
  return client.write('PUT', 'defaultGroup/services', { a: 1 }, 'change the selector of test', soon());
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'no failure',
    (failure: { code?: string }) => failure.code ?? String(failure),
  );
}

describe('what is sent', () => {
  test('the token in the headers of both generations, and the cluster by which the gateway finds a scheduler', async () => {
    await using at = await scripted(() => envelope(0));
    await write(at.client);
    const [seen] = at.seen;
    expect([seen?.method, seen?.path]).toEqual(['PUT', '/bcsapi/v4/scheduler/mesos/namespaces/defaultGroup/services']);
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer a-token',
      'x-bcs-user-token': 'a-token',
      'bcs-clusterid': 'BCS-MESOS-10000',
    });
  });

  test('lists are asked for by POST with filters, as bcs-client does, and answer with what storage wraps', async () => {
    await using at = await scripted(() => envelope(0, [{ _id: '1', data: { name: 'one' } }]));
    const found = await at.client.list('taskgroup', { namespace: 'ns', rcName: 'a' }, 'list the taskgroups', soon());
    expect(found).toEqual([{ name: 'one' }]);
    expect(at.seen[0]).toMatchObject({
      method: 'POST',
      path: '/bcsapi/v4/storage/query/mesos/dynamic/clusters/BCS-MESOS-10000/taskgroup',
      body: { namespace: 'ns', rcName: 'a' },
    });
  });

  test('a definition is asked of the scheduler; one that does not exist is no failure', async () => {
    await using at = await scripted(() => envelope(1405202));
    expect(await at.client.definition('ns', 'test-green', 'read the definition', soon())).toBeUndefined();
    expect(at.seen[0]?.path).toBe('/bcsapi/v4/scheduler/mesos/definition/deployment/ns/test-green');
  });
});

describe('what comes back', () => {
  const CASES: readonly (readonly [name: string, reply: Reply, code: string])[] = [
    ['HTTP 200 with "already exist"', envelope(1405201), 'CONFLICT'],
    ['HTTP 200 with "not found"', envelope(1405202), 'GONE'],
    ['HTTP 200 with another code', envelope(1405008), 'REJECTED'],
    ['the code of a wrong cluster', { status: 400, ...envelope(1405234) }, 'NO_CLUSTER'],
    ['a gateway without such a route', { status: 404, json: { message: 'no Route matched' } }, 'NO_CLUSTER'],
    ['a token that is not accepted', { status: 401, json: { result: false, code: 401 } }, 'UNAUTHORIZED'],
    ['the scheduler’s own word for that', envelope(1405057), 'UNAUTHORIZED'],
    ['a permission that is missing', { status: 403, json: { message: 'no' } }, 'FORBIDDEN'],
    ['a gateway that fails', { status: 502, text: '<html>' }, 'SERVER_ERROR'],
    ['an empty 200', { text: '' }, 'NOT_MASTER'],
    ['no scheduler that is connected', envelope(1405009), 'NO_SCHEDULER'],
    ['a login page', { text: '<html>log in</html>' }, 'NOT_JSON'],
    ['JSON without a code', { json: { kind: 'Status' } }, 'NOT_JSON'],
  ];
  test.each(CASES)('%s is understood', async (_, reply, code) => {
    await using at = await scripted(() => reply);
    expect(await codeOf(write(at.client))).toBe(code);
    expect(at.seen).toHaveLength(1);
  });

  test('absence in storage is no failure, whatever the HTTP status', async () => {
    for (const status of [200, 404, 500]) {
      await using at = await scripted(() => ({ status, ...envelope(1405087, []) }));
      expect(await read(at.client)).toBeUndefined();
    }
  });
});

describe('what is asked again', () => {
  const PASSING: readonly (readonly [string, Reply | 'lost'])[] = [
    ['an empty 200', { text: '' }],
    ['a gateway that fails', { status: 503, text: '' }],
    ['too many requests', { status: 429, text: '' }],
    ['no scheduler', envelope(1405009)],
    ['a lost answer', 'lost'],
  ];
  test.each(PASSING)('a read, after %s', async (_, reply) => {
    await using at = await scripted((_seen, before) => (before.length < 2 ? reply : envelope(0, { data: { ok: 1 } })));
    expect(await read(at.client)).toEqual({ ok: 1 });
    expect(at.seen).toHaveLength(3);
  });

  test('no write that may have been carried out: whoever made it reads back', async () => {
    await using at = await scripted(() => 'lost');
    expect(await codeOf(write(at.client))).toBe('ANSWER_LOST');
    expect(at.seen).toHaveLength(1);
  });

  test('nothing that was refused', async () => {
    await using at = await scripted(() => ({ status: 401, json: { code: 401 } }));
    expect(await codeOf(read(at.client))).toBe('UNAUTHORIZED');
    expect(at.seen).toHaveLength(1);
  });

  test('no more than five times, and the failure says what was asked for', async () => {
    await using at = await scripted(() => ({ text: '' }));
    await expect(read(at.client)).rejects.toThrow('read the service test');
    expect(at.seen).toHaveLength(5);
  });
});
