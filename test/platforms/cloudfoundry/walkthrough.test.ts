import { Agent, request } from 'node:http';
import { expect, test } from '@jest/globals';
import { expectResult, startHouse } from './house.js';

/** A router hears of what comes much later than of what goes. */
const SLOW = { map: [20, 600], unmap: [20, 60], hooks: 30 };

/** GET and POST on fresh and on kept connections, one after the other in each. */
class Users {
  readonly failures: string[] = [];
  readonly versions = new Set<string>();
  requests = 0;
  readonly #clients: Promise<void>[];
  #isStopped = false;

  constructor(url: string) {
    const kinds = ['GET', 'POST'].flatMap(method => [false, true].map(keepAlive => ({ method, keepAlive })));
    this.#clients = [...kinds, ...kinds].map(kind => this.#run(url, kind.method, kind.keepAlive));
  }

  async stop(): Promise<this> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    return this;
  }

  async #run(url: string, method: string, keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    const until = performance.now() + 60_000; // a test that forgets to stop must not load the machine forever
    while (!this.#isStopped && performance.now() < until) {
      const answer = await ask(url, method, agent);
      this.requests += 1;
      if (answer.status === 200) this.versions.add(answer.version);
      else this.failures.push(`${method}${keepAlive ? ' kept' : ''}: ${answer.status}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    agent.destroy();
  }
}

function ask(url: string, method: string, agent: Agent): Promise<{ status: number | string; version: string }> {
  return new Promise(resolve => {
    const sent = request(url, { method, agent }, answer => {
      const version = String(answer.headers['x-app-version']);
      answer.on('error', error => resolve({ status: error.message, version })).resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, version }));
    });
    sent.on('error', error => resolve({ status: error.message, version: '' }));
    sent.end(method === 'POST' ? 'an order' : undefined);
  });
}

test("the walk-through's scenario loses no request, by GET or POST, on fresh or kept connections", async () => {
  await using house = await startHouse({ timing: SLOW });
  const users = new Users(house.url);
  try {
    expectResult(await house.run({ verify: [{ http: { path: '/healthcheck' } }] }), 'succeeded');
  } finally {
    await users.stop();
  }
  expect(users.failures).toEqual([]);
  expect([...users.versions].sort()).toEqual(['1', '2']);
  expect(users.requests).toBeGreaterThan(100);
  expect(house.apps()).toEqual(['myapp']);
});

test('a green that is taken back after the switch loses none either', async () => {
  await using house = await startHouse({ timing: SLOW });
  const users = new Users(house.url);
  try {
    const bake = { for: '200ms', checks: [{ http: { path: '/', expect: { status: 204 } } }] };
    expectResult(await house.run({ bake }), 'rolled-back');
  } finally {
    await users.stop();
  }
  expect(users.failures).toEqual([]);
  expect(house.destinations()).toEqual(['myapp']);
  expect(house.apps()).toEqual(['myapp']);
});

test("the walk-through's own order loses requests on the same platform: what is measured here can fail", async () => {
  const apps = [
    { name: 'myapp', image: 'registry.test/myapp:1', instances: 2 },
    { name: 'myapp-green', image: 'registry.test/myapp:2', instances: 2 },
  ];
  await using house = await startHouse({ timing: SLOW, seed: { apps } });
  const users = new Users(house.url);
  const headers = { authorization: `bearer ${house.cf.uaa.issue('admin')}`, 'content-type': 'application/json' };
  const [route] = house.cf.database.routes.values();
  const path = `${house.cf.url}/v3/routes/${route?.guid}/destinations`;
  const destinations = [{ app: { guid: house.cf.app('myapp-green')?.guid } }];
  const old = route?.destinations[0]?.guid;
  await fetch(path, { method: 'POST', headers, body: JSON.stringify({ destinations }) });
  await fetch(`${path}/${old}`, { method: 'DELETE', headers });
  await house.cf.settled();
  await users.stop();
  expect(users.failures.length).toBeGreaterThan(0);
});
