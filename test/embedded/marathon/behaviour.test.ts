import { expect, test } from '@jest/globals';
import { app, marathon, startWith, until } from './support.js';

const labelled = (labels: Readonly<Record<string, string>>) =>
  app('/svc', {
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [`embedded.cutover/${name}`, value])),
  });

test('a task runs and gets healthy when its labels say so', async () => {
  await using at = await startWith([]);
  const began = performance.now();
  await marathon(at, 'POST', '/v2/apps', labelled({ 'start-after': '100ms', 'healthy-after': '250ms' }));
  await until('it runs', () => at.tasks('/svc')[0]?.state === 'TASK_RUNNING');
  expect(performance.now() - began).toBeGreaterThanOrEqual(100);
  expect(at.tasks('/svc')[0]?.isHealthy).toBe(false);
  await at.settled();
  expect(performance.now() - began).toBeGreaterThanOrEqual(350);
});

test('an operation is pending after its answer, as the gauge of the label tells', async () => {
  const answers = JSON.stringify({ '/orders': { status: 202, operation: '200ms' } });
  await using at = await startWith([labelled({ answers, gauge: '/gauge' })]);
  const [task] = at.instances('/svc');
  const pending = async () => /^pending_operations (\d+)$/m.exec(await (await fetch(`${task?.url}/gauge`)).text())?.[1];
  expect(await pending()).toBe('0');
  expect((await fetch(`${task?.url}/orders`)).status).toBe(202);
  expect(await pending()).toBe('1');
  await until('the operation is over', async () => (await pending()) === '0');
  expect(task?.gaugeReadings.slice(0, 2)).toMatchObject([{ pending: 0 }, { pending: 1 }]);
});

test('a task crashes when its labels say so, and is replaced', async () => {
  await using at = await startWith([labelled({ 'crash-after': '150ms' })]);
  await until('one has crashed', () => at.endedTasks.length > 0);
  expect(at.endedTasks[0]).toMatchObject({ state: 'TASK_FAILED', wasKilled: false });
});

test('a label that can not be read lets the task fail, and says why', async () => {
  await using at = await startWith([]);
  await marathon(at, 'POST', '/v2/apps', labelled({ start: 'sometimes' }));
  const message = async () => (await marathon(at, 'GET', '/v2/apps/svc')).body.app.lastTaskFailure?.message;
  await until('it has failed', async () => (await message()) !== undefined);
  expect(await message()).toContain('"sometimes" is no value of embedded.cutover/start.');
});

test('the version is that of the environment, or the tag of the image', async () => {
  const container = { type: 'DOCKER', docker: { image: 'hub.example:5000/shop:v7' } };
  await using at = await startWith([
    app('/tagged', { container }),
    app('/told', { container, env: { VERSION: 'v8' } }),
  ]);
  expect([...at.instances('/tagged'), ...at.instances('/told')].map(({ identity }) => identity.version)).toEqual([
    'v7',
    'v8',
  ]);
});
