import { expect, test } from '@jest/globals';
import { expectResult, startHouse } from './house.js';

const SHORT = { deadlines: { ready: '3s' } };
const isGreen = (name: string) => name === 'myapp-green';

test('one instance that does not come up keeps users on blue: all of them have to run', async () => {
  await using house = await startHouse({ behaviour: ({ name }) => (isGreen(name) ? { healthyInstances: 1 } : {}) });
  const run = await house.run(SHORT);
  expectResult(run, 'failed');
  expect(run.outcome.failures[0]).toMatchObject({ code: 'NOT_READY', message: expect.stringContaining('1/2 ready') });
  expect(house.destinations()).toEqual(['myapp']);
  expect(house.apps()).toEqual(['myapp']);
});

test('a program that crashes is given up soon, with its last words', async () => {
  await using house = await startHouse({ behaviour: ({ name }) => (isGreen(name) ? { start: 'crash' } : {}) });
  const run = await house.run({ deadlines: { ready: '20s' } });
  expectResult(run, 'failed');
  const [failure] = run.outcome.failures;
  expect(failure).toMatchObject({ code: 'HOPELESS', message: expect.stringContaining('crash') });
  expect(failure?.details.join('\n')).toMatch(/instance 0 of myapp-green: crashed/);
});

test('no room for green is said in the words of the platform', async () => {
  await using house = await startHouse({ behaviour: ({ name }) => (isGreen(name) ? { start: 'no-placement' } : {}) });
  const run = await house.run(SHORT);
  expectResult(run, 'failed');
  expect(run.outcome.failures[0]?.message).toContain('insufficient resources: memory');
});

test('a run that fails between two renamings leaves apps that the next release knows and names', async () => {
  await using house = await startHouse();
  const stopped = { teardown: { how: 'scale-to-zero' } };
  let renamings = 0;
  house.cf.interception.onRequest = ({ method, path }) => {
    const isRenaming =
      method === 'PATCH' && /^\/v3\/apps\/[^/]+$/.test(path) && house.cf.app('myapp-old') !== undefined;
    return isRenaming && ++renamings > 0
      ? { status: 403, body: { errors: [{ code: 10003, title: 'CF-NotAuthorized', detail: 'no' }] } }
      : undefined;
  };
  expectResult(await house.run(stopped), 'degraded');
  expect(house.apps()).toEqual(['myapp-green', 'myapp-old']);
  house.cf.interception.onRequest = () => undefined;
  expectResult(await house.run({ version: '3', ...stopped }), 'succeeded');
  expect(house.apps()).toEqual(['myapp', 'myapp-old']);
  expect(house.cf.app('myapp')?.annotations['cutover-version']).toBe('3');
});

test('a destination that is written although the answer is an error counts as written', async () => {
  await using house = await startHouse();
  let isDone = false;
  house.cf.interception.onRequest = ({ method, path }) => {
    if (isDone || method !== 'POST' || !path.includes('/destinations')) return undefined;
    isDone = true;
    return 'lose-answer';
  };
  expectResult(await house.run(), 'succeeded');
  expect(house.destinations()).toEqual(['myapp']);
});

test('a removal that no router hears of keeps blue running: it is not stopped on a promise', async () => {
  await using house = await startHouse();
  const stray = ({ method, path }: { method: string; path: string }) =>
    method === 'DELETE' && path.includes('/destinations');
  house.cf.interception.onRequest = request => {
    if (stray(request)) house.cf.lost.unmaps = 1;
    return undefined;
  };
  const run = await house.run({ deadlines: { confirm: '2s' }, 'on-failure': 'hold' });
  expectResult(run, 'degraded');
  expect(run.outcome.failures[0]).toMatchObject({
    code: 'NOT_CONFIRMED',
    message: expect.stringContaining('still leads there'),
  });
  expect(house.cf.instances('myapp')).toHaveLength(2);
});
