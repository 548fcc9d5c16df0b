import { describe, expect, test } from '@jest/globals';
import { app, marathon, startWith, until } from './support.js';

const blue = app('/svc-blue', { instances: 2 });
const ids = (at: Awaited<ReturnType<typeof startWith>>, id = '/svc-blue') => at.tasks(id).map(task => task.id);

describe('a task', () => {
  test('has an id of its app, an instance and an incarnation; its health results name the instance', async () => {
    await using at = await startWith([app('/shop/blue')]);
    const [task] = (await marathon(at, 'GET', '/v2/tasks')).body.tasks;
    expect(task.id).toMatch(/^shop_blue\.instance-[0-9a-f-]{36}\._app\.1$/);
    expect(task.healthCheckResults).toMatchObject([{ alive: true, instanceId: task.id.replace('._app.1', '') }]);
  });

  test('does not exist while its app waits for an offer, and has no health results before its first probe', async () => {
    await using at = await startWith([], { timing: { offer: 60, firstProbe: 60_000 } });
    await marathon(at, 'POST', '/v2/apps', blue);
    expect((await marathon(at, 'GET', '/v2/apps/svc-blue')).body.app).toMatchObject({ tasks: [], tasksStaged: 0 });
    await until('both run', () => at.tasks('/svc-blue').filter(({ state }) => state === 'TASK_RUNNING').length === 2);
    const running = (await marathon(at, 'GET', '/v2/apps/svc-blue')).body.app;
    expect(running).toMatchObject({ tasksRunning: 2, tasksHealthy: 0, tasksUnhealthy: 0 });
    expect(running.tasks[0]).not.toHaveProperty('healthCheckResults');
  });

  test('is never healthy without health checks', async () => {
    await using at = await startWith([app('/svc-blue', { healthChecks: [] })]);
    expect((await marathon(at, 'GET', '/v2/apps/svc-blue')).body.app).toMatchObject({
      tasksRunning: 1,
      tasksHealthy: 0,
    });
  });

  test('is listed by the statuses running and staging; other values are ignored', async () => {
    await using at = await startWith([blue]);
    const count = async (query: string) => (await marathon(at, 'GET', `/v2/tasks${query}`)).body.tasks.length;
    expect(await count('?status=running')).toBe(2);
    expect(await count('?status=staging')).toBe(0);
    expect(await count('?status=killing')).toBe(2);
  });

  test('that dies is replaced by one with another id, and lastTaskFailure says how it died', async () => {
    await using at = await startWith([blue]);
    const [dead] = ids(at);
    at.instances('/svc-blue')[0]?.kill();
    await until(
      'it is replaced',
      () => at.tasks('/svc-blue').filter(task => task.isHealthy).length === 2 && !ids(at).includes(dead ?? ''),
    );
    const { lastTaskFailure } = (await marathon(at, 'GET', '/v2/apps/svc-blue')).body.app;
    expect(lastTaskFailure).toMatchObject({ taskId: dead, state: 'TASK_FAILED', message: expect.any(String) });
  });

  test('that fails its health checks too often is killed and replaced', async () => {
    const healthChecks = [{ path: '/health', gracePeriodSeconds: 0, intervalSeconds: 1, maxConsecutiveFailures: 2 }];
    await using at = await startWith([app('/svc-blue', { healthChecks })]);
    const [sick] = ids(at);
    const kills: unknown[] = [];
    at.events.listen(event => event.eventType === 'unhealthy_instance_kill_event' && kills.push(event.taskId));
    at.instances('/svc-blue')[0]?.answer('/health', { status: 500 });
    await until('it is replaced', () => at.tasks('/svc-blue').some(task => task.isHealthy && task.id !== sick));
    expect(kills).toEqual([sick]);
  });

  test('that cannot start waits in the queue, longer each time, until the delay is reset', async () => {
    const labels = { 'embedded.cutover/start': 'crash' };
    await using at = await startWith([]);
    await marathon(at, 'POST', '/v2/apps', app('/svc-blue', { labels, backoffSeconds: 50, backoffFactor: 4 }));
    const delay = async () => (await marathon(at, 'GET', '/v2/queue')).body.queue[0]?.delay;
    await until('it is held back', async () => (await delay())?.timeLeftSeconds > 0);
    expect(await delay()).toMatchObject({ overdue: false });
    const failures = () => at.endedTasks.length;
    const before = failures();
    expect((await marathon(at, 'DELETE', '/v2/queue/svc-blue/delay')).status).toBe(204);
    await until('it is tried again at once', () => failures() > before, 500);
    expect((await marathon(at, 'DELETE', '/v2/queue/other/delay')).status).toBe(404);
  });

  test('that no agent has room for stays in the queue, which says what is missing', async () => {
    await using at = await startWith([blue], { capacity: { mem: 100 } });
    await marathon(at, 'PATCH', '/v2/apps/svc-blue', { instances: 4 });
    const reasons = async () => {
      const [item] = (await marathon(at, 'GET', '/v2/queue')).body.queue;
      const summary = item?.processedOffersSummary.rejectSummaryLastOffers ?? [];
      return summary.filter(({ declined }: { declined: number }) => declined > 0);
    };
    await until('an offer was declined', async () => (await reasons()).length > 0);
    expect(await reasons()).toMatchObject([{ reason: 'InsufficientMemory' }]);
    expect(ids(at)).toHaveLength(3);
  });

  test('whose agent is lost is in limbo, may be replaced while it runs on, and comes back', async () => {
    const unreachableStrategy = { inactiveAfterSeconds: 2, expungeAfterSeconds: 600 };
    await using at = await startWith([app('/svc-blue', { unreachableStrategy })]);
    const [lost] = at.tasks('/svc-blue');
    lost?.loseAgent();
    expect((await marathon(at, 'GET', '/v2/apps/svc-blue')).body.app.tasks[0].state).toBe('TASK_UNREACHABLE');
    await until('it is replaced', () => at.tasks('/svc-blue').filter(task => task.isHealthy).length === 1);
    expect(at.tasks('/svc-blue')).toHaveLength(2);
    expect(lost?.instance?.state).toBe('running');
    lost?.findAgent();
    await until('one of them is taken away', () => at.tasks('/svc-blue').length === 1);
  });
});

describe('kill and scale', () => {
  test('takes exactly the given tasks and lowers the count, and the same call again changes nothing', async () => {
    await using at = await startWith([blue]);
    const [first = '', second = ''] = ids(at);
    const call = () => marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: [second] });
    const { body, status } = await call();
    expect([status, Object.keys(body).sort()]).toEqual([200, ['deploymentId', 'version']]);
    await at.settled();
    expect((await call()).status).toBe(200);
    await at.settled();
    expect([at.app('/svc-blue')?.instances, ids(at)]).toEqual([1, [first]]);
  });

  test('drops ids that are unknown without a word: a task that died before does not shrink its app', async () => {
    await using at = await startWith([blue]);
    const [dead = ''] = ids(at);
    at.instances('/svc-blue')[0]?.kill();
    await until('it is replaced', () => !ids(at).includes(dead) && ids(at).length === 2);
    const { status } = await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: [dead] });
    await at.settled();
    expect([status, at.app('/svc-blue')?.instances, ids(at).length]).toEqual([200, 2, 2]);
  });

  test('without scale kills tasks that come back, and answers the tasks', async () => {
    await using at = await startWith([blue]);
    const [killed = ''] = ids(at);
    const { body } = await marathon(at, 'POST', '/v2/tasks/delete', { ids: [killed] });
    expect(body.tasks.map(({ id }: { id: string }) => id)).toEqual([killed]);
    await until(
      'it is replaced',
      () => !ids(at).includes(killed) && at.tasks('/svc-blue').filter(task => task.isHealthy).length === 2,
    );
  });

  test('has a form for one task', async () => {
    await using at = await startWith([blue]);
    const [killed = '', kept] = ids(at);
    const { status } = await marathon(at, 'DELETE', `/v2/apps/svc-blue/tasks/${killed}?scale=true`);
    await at.settled();
    expect([status, ids(at)]).toEqual([200, [kept]]);
  });

  test('answers before the task is gone: it is asked to end, and finishes what it has within its grace period', async () => {
    await using at = await startWith([blue], { timing: { linger: 10 } });
    const [task] = at.tasks('/svc-blue');
    task?.instance?.answer('/slow', { delayMs: 200, body: 'done' });
    const slow = fetch(`${task?.instance?.url}/slow`);
    await until('the request has arrived', () => task?.instance?.inFlight === 1);
    await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: [task?.id] });
    expect(task?.state).toBe('TASK_KILLING');
    expect(await (await slow).text()).toBe('done');
    await at.settled();
    expect(at.endedTasks).toMatchObject([{ id: task?.id, state: 'TASK_KILLED', wasKilled: true, abandoned: 0 }]);
  });

  test('at the end of the grace period destroys what is pending, and that can be seen', async () => {
    await using at = await startWith([app('/svc-blue', { taskKillGracePeriodSeconds: 0 })]);
    const [task] = at.tasks('/svc-blue');
    task?.instance?.answer('/order', { status: 202, operationMs: 5_000 });
    await fetch(`${task?.instance?.url}/order`);
    const gauge = await fetch(`${task?.instance?.url}/metrics`);
    expect(await gauge.text()).toMatch(/^pending_operations 1$/m);
    await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: [task?.id] });
    await at.settled();
    expect(at.endedTasks).toMatchObject([{ abandoned: 1, gaugeReadings: [{ pending: 1 }] }]);
  });

  test('a plain lower count picks its own victim: the youngest, unless the app says the oldest', async () => {
    await using at = await startWith([app('/young'), app('/old', { killSelection: 'OLDEST_FIRST' })]);
    for (const id of ['young', 'old']) {
      const [first] = ids(at, `/${id}`);
      await marathon(at, 'PATCH', `/v2/apps/${id}`, { instances: 2 });
      await at.settled();
      await marathon(at, 'PATCH', `/v2/apps/${id}`, { instances: 1 });
      await at.settled();
      expect(ids(at, `/${id}`).includes(first ?? '')).toBe(id === 'young');
    }
  });
});
