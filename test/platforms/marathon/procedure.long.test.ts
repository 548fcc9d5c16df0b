import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { DRAIN, expectDrainedEnds, expectOnlyBlue, STEPWISE, sizesAtEnds, underLoad, WORKING } from './exchange.js';
import { example, expectResult, startHouse } from './house.js';

describe('the procedure of eleven steps', () => {
  test('goes in batches, and holds a canary once for longer', async () => {
    await using house = await startHouse({ instances: 4, ...WORKING });
    const stepwise = { batch: 2, canary: { at: '50%', for: '400ms' } };
    const run = await underLoad(house, () => house.run({ ...STEPWISE, stepwise }));
    expectResult(run, 'succeeded');
    expect(run.log.match(/instances of \/svc-blue ended/g)).toHaveLength(2);
    expect(run.log).toMatch(/has 50 % of the instances, watched for/);
  });
});

describe('a failure between two batches', () => {
  test('is that work does not end: nothing with work is ended, and blue keeps its users (Z4)', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    await Promise.all([1, 2, 3, 4].map(() => fetch(`${house.url}/long`).then(answer => answer.text())));
    const sizes = sizesAtEnds(house);
    const run = await underLoad(house, () => house.run({ ...STEPWISE, drain: { ...DRAIN, within: '500ms' } }));
    expectResult(run, 'rolled-back');
    expect(run.outcome.failures[0]?.code).toBe('NOT_DRAINED');
    expect(sizes).toEqual([]);
    expectOnlyBlue(house, 2);
  });
});

describe('a run that is cancelled between two batches', () => {
  test('leaves both slots serving, and the same command goes on from there (Z7)', async () => {
    await using house = await startHouse({ instances: 3, ...WORKING });
    const cancel = new AbortController();
    house.dcos.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'POST' && path.includes('/v2/tasks/delete')) cancel.abort(new Error('cancelled'));
    };
    await underLoad(house, async () => {
      const first = await house.run(STEPWISE, { signal: cancel.signal });
      expect(first.outcome.result).not.toBe('succeeded');
      house.dcos.interception.beforeAnswer = () => undefined;
      expectResult(await house.run(STEPWISE), 'succeeded');
    });
    expectDrainedEnds(house, '/svc-blue');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(3);
  });
});

describe('what befalls blue in the middle', () => {
  test('it crashes again and again from the start: that does not block the release that fixes it', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    const crashing = { 'embedded.cutover/start': 'crash', CUTOVER_VERSION: 'v1' };
    await house.api('PATCH', '/service/marathon/v2/apps/svc-blue?force=true', { labels: crashing });
    const [deployment] = await house.api('GET', '/service/marathon/v2/deployments');
    await house.api('DELETE', `/service/marathon/v2/deployments/${deployment.id}?force=true`);
    for (const one of house.dcos.instances('/svc-blue')) one.kill();
    expectResult(await house.run(STEPWISE), 'succeeded');
    expect(house.live()).toBe('/svc-green');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(2);
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
  }, 60_000);

  test('an instance that was sick from the start goes first, and does not hold the others up (Z3)', async () => {
    await using house = await startHouse({ instances: 3, ...WORKING });
    const [sick] = house.dcos.tasks('/svc-blue');
    house.dcos.instances('/svc-blue')[0]?.fail();
    await pause(300);
    const drain = { ...DRAIN, within: '400ms', otherwise: 'proceed' };
    const run = await house.run({ ...STEPWISE, drain });
    expectResult(run, 'succeeded');
    expect(house.dcos.endedTasks.some(({ id }) => id === sick?.id)).toBe(true);
    expect(house.dcos.tasks('/svc-green')).toHaveLength(3);
  });

  test('somebody else scales it: roles do not change, and all of it is exchanged in the end (Z5)', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    const { dcos } = house;
    let isScaled = false;
    dcos.interception.onRequest = async ({ method, path }) => {
      // Green has grown for the second batch, so that blue is free of the deployment that ended the first one.
      const healthy = dcos.tasks('/svc-green').filter(task => task.isHealthy).length;
      if (isScaled || method !== 'GET' || !path.includes('svc-green') || healthy < 2) return undefined;
      isScaled = true;
      await house.api('PATCH', '/service/marathon/v2/apps/svc-blue', { instances: 3 });
      return undefined;
    };
    const run = await underLoad(house, () => house.run(STEPWISE));
    expectResult(run, 'succeeded');
    expect(isScaled).toBe(true);
    expect(house.live()).toBe('/svc-green');
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
  });

  test('an instance that dies and is replaced before it could be ended does not end another one in its place', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    let isDone = false;
    house.dcos.interception.onRequest = ({ method, path }) => {
      if (isDone || method !== 'POST' || !path.includes('/v2/tasks/delete')) return undefined;
      isDone = true;
      for (const one of house.dcos.instances('/svc-blue')) one.kill();
      return undefined;
    };
    const run = await house.run(STEPWISE);
    expectResult(run, 'succeeded');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(2);
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
  });
});

describe('what else zdd.py breaks at', () => {
  test('a dry run writes nothing, not even where an exchange was left half-way (Z6)', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    const cancel = new AbortController();
    house.dcos.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'POST' && path.includes('/v2/tasks/delete')) cancel.abort(new Error('cancelled'));
    };
    await house.run(STEPWISE, { signal: cancel.signal });
    const writes = () => house.dcos.requests.all.filter(({ mutating, path }) => mutating && !path.startsWith('/acs/'));
    const before = writes().length;
    const dry = await house.run({ ...STEPWISE, 'dry-run': true });
    expect(dry.outcome.failures).toEqual([]);
    expect(writes()).toHaveLength(before);
  });

  test('apps with two ports, whose definition names them in portDefinitions (Z9, Z10)', async () => {
    const ports = [
      { name: 'web', protocol: 'tcp', port: 0 },
      { name: 'admin', protocol: 'tcp', port: 0 },
    ];
    await using house = await startHouse({ instances: 2, app: { portDefinitions: ports }, ...WORKING });
    expectResult(await underLoad(house, () => house.run(STEPWISE)), 'succeeded');
    expectDrainedEnds(house, '/svc-blue');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(2);
  });

  test('answers that are lost, servers that stumble, and locks, in the middle (Z11)', async () => {
    await using house = await startHouse({ instances: 2, ...WORKING });
    const { faults } = house.dcos;
    faults.add({ match: { method: 'POST', path: /tasks\/delete/ }, answer: 'lose-answer' });
    faults.add({ match: { method: 'GET', path: /apps\/svc-green/, nth: 3 }, answer: { status: 503 }, times: 2 });
    faults.add({
      match: { method: 'PUT', path: /pools/, nth: 2 },
      answer: { status: 500, body: { code: 500, message: 'zk' } },
    });
    const lock = { message: 'App is locked by one or more deployments.', deployments: [{ id: 'gone-already' }] };
    faults.add({ match: { method: 'PATCH', path: /svc-green/ }, answer: { status: 409, body: lock } });
    expectResult(await underLoad(house, () => house.run(STEPWISE)), 'succeeded');
    expectDrainedEnds(house, '/svc-blue');
  });

  test('a connection that stays open for long anywhere on the load balancer (Z12)', async () => {
    const answers = { '/forever': { delayMs: 20_000 } };
    await using house = await startHouse({ instances: 1, behaviour: app => (app.id === '/other' ? { answers } : {}) });
    await house.api('POST', '/service/marathon/v2/apps', { ...example('svc-blue.json'), id: '/other' });
    const pool = example('sample-minimal.json');
    pool.name = 'other';
    pool.haproxy.backends[0].services[0].marathon.serviceID = '/other';
    await house.api('POST', '/service/edgelb/v2/pools', pool);
    await house.dcos.settled();
    const forever = fetch(`${house.dcos.poolUrl('other', 80)}/forever`, { signal: AbortSignal.timeout(25_000) });
    expectResult(await house.run(STEPWISE), 'succeeded');
    await Promise.race([forever.catch(() => undefined), pause(1)]);
  });
});
