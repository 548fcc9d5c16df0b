import { describe, expect, test } from '@jest/globals';
import { codesOf, definition, expectResult, type House, NAMESPACE, service, startHouse } from './house.js';

const SWITCH = { method: 'PUT', path: /\/services$/ };
const CREATE = { method: 'POST', path: /\/deployments$/ };
const EMPTY = { status: 200, body: '' };

/** Somebody else's update of the service. */
function steal(house: House, appname = 'somebody-elses'): void {
  house.bcs.scheduler.updateService(service({ selector: { appname } }));
}

function writes(house: House, { method, path }: typeof SWITCH): number {
  return house.bcs.requests.all.filter(one => one.method === method && path.test(one.path)).length;
}

describe('somebody else who writes the service', () => {
  test('before the switch: the run stops, says both selectors, and theirs stays (P4)', async () => {
    await using house = await startHouse();
    house.bcs.interception.beforeAnswer = ({ method, path }) => {
      if (method === CREATE.method && CREATE.path.test(path)) steal(house);
    };
    const { outcome } = await house.run();
    expect(outcome.failures[0]).toMatchObject({
      code: 'ROUTE_CHANGED',
      message: expect.stringMatching(/appname=test-blue.*appname=somebody-elses/),
    });
    expect(house.selector()).toEqual({ appname: 'somebody-elses' });
    expect(writes(house, SWITCH)).toBe(0);
  });

  test('right after our write: the race is seen, both states are told, and theirs stays', async () => {
    await using house = await startHouse();
    house.bcs.interception.beforeAnswer = ({ method, path }) => {
      if (method === SWITCH.method && SWITCH.path.test(path)) steal(house);
    };
    const { outcome } = await house.run();
    expect(outcome.failures[0]).toMatchObject({
      code: 'ROUTE_CONTENDED',
      message: expect.stringMatching(/to select appname=test-green, and selects appname=somebody-elses/),
    });
    expect(house.selector()).toEqual({ appname: 'somebody-elses' });
    expect(house.slots()).toContain('test-blue');
  });

  test('who makes something else of it than a selector keeps what they wrote before our read', async () => {
    await using house = await startHouse();
    const ports = [{ name: 'test-port', protocol: 'TCP', servicePort: 8080, path: '/by-somebody' }];
    house.bcs.interception.beforeAnswer = async ({ method, path }) => {
      if (method !== CREATE.method || !CREATE.path.test(path)) return;
      house.bcs.scheduler.updateService(service({ ports }));
      // Storage shows it before the switch.
      await new Promise(resolve => setTimeout(resolve, 150));
    };
    expectResult(await house.run(), 'succeeded');
    expect(house.bcs.scheduler.services.get(`${NAMESPACE}/test`)?.spec).toMatchObject({ ports });
  });
});

describe('answers of BCS that say nothing', () => {
  test('an empty 200 to the switch comes from a scheduler that is not the master: it is written again', async () => {
    await using house = await startHouse();
    house.bcs.faults.add({ match: SWITCH, answer: EMPTY });
    expectResult(await house.run(), 'succeeded');
    expect(writes(house, SWITCH)).toBe(2);
    expect(house.selector()).toEqual({ appname: 'test-green' });
  });

  test('empty 200s to every switch are told as what they are, and blue stays live', async () => {
    await using house = await startHouse();
    house.bcs.faults.add({ match: SWITCH, answer: EMPTY, times: Number.POSITIVE_INFINITY });
    const done = await house.run();
    expect(done.outcome.failures[0]?.code).toBe('NOT_MASTER');
    expect(done.outcome.targets[0]?.live).toBe('test-blue');
    expect(house.selector()).toEqual({ appname: 'test-blue' });
    expect(house.slots()).toEqual(['test-blue']);
  });

  test('a lost answer to the switch is decided by what is read back: nothing is written twice (P11)', async () => {
    await using house = await startHouse();
    house.bcs.faults.add({ match: SWITCH, answer: 'lose-answer' });
    expectResult(await house.run(), 'succeeded');
    expect(writes(house, SWITCH)).toBe(1);
  });

  test('a lost answer to the creation of green finds what it made', async () => {
    await using house = await startHouse();
    house.bcs.faults.add({ match: CREATE, answer: 'lose-answer' });
    expectResult(await house.run(), 'succeeded');
  });

  test('an empty 200 to the removal of blue is not taken for its absence', async () => {
    await using house = await startHouse();
    house.bcs.faults.add({ match: { method: 'DELETE', path: /\/deployments\/test-blue/ }, answer: EMPTY });
    expectResult(await house.run(), 'succeeded');
    expect(house.slots()).toEqual(['test-green']);
  });

  test('an HTTP 200 with a code is a refusal, in BCS’s own words', async () => {
    await using house = await startHouse();
    const body = { result: false, code: 1405200, message: '(bcs-scheduler):out of luck', data: {} };
    house.bcs.faults.add({ match: CREATE, answer: { status: 200, body }, times: 9 });
    const done = await house.run();
    expectResult(done, 'failed');
    expect(done.outcome.failures[0]).toMatchObject({
      code: 'REJECTED',
      message: expect.stringMatching(/code 1405200.*out of luck/),
    });
  });
});

describe('a green that does not come up', () => {
  const CASES = [
    ['runs and is unhealthy, while its deployment says Running', 'never-healthy', /3 unhealthy/],
    ['fails again and again', 'crash', /exited with code 1/],
    ['finds no image', 'image-pull-error', /failed to pull image/],
    ['finds no room', 'no-resources', /have not enough resources/],
  ] as const;
  test.each(CASES)('because it %s is told so, and is taken away', async (_, start, words) => {
    const own = { ...definition('test-green').spec.template.spec };
    const containers = own.containers.map(one => ({ ...one, healthChecks: [{ type: 'REMOTE_HTTP' }] }));
    const green = definition('test-green');
    const file = { ...green, spec: { ...green.spec, template: { spec: { ...own, containers } } } };
    await using house = await startHouse({
      files: { 'test-green.json': JSON.stringify(file) },
      behaviour: ({ metadata }) => (metadata.name === 'test-green' ? { start } : {}),
    });
    const done = await house.runUnderLoad({ deadlines: { ready: '1500ms' } });
    expectResult(done, 'failed');
    expect(done.failures).toEqual({});
    const said = done.outcome.failures.map(({ message, details }) => [message, ...details].join(' ')).join(' ');
    expect(said).toMatch(words);
    expect(house.slots()).toEqual(['test-blue']);
    expect(writes(house, SWITCH)).toBe(0);
  });
});

describe('what is refused before anything is written', () => {
  async function refused(house: House, settings: Record<string, unknown> = {}): Promise<readonly string[]> {
    const done = await house.run(settings);
    expectResult(done, 'refused');
    expect(house.bcs.requests.all.filter(({ mutating }) => mutating)).toEqual([]);
    return codesOf(done);
  }

  test('a service that also selects an application of somebody else', async () => {
    const other = { ...definition('test-blue'), metadata: { ...definition('test-blue').metadata, name: 'stranger' } };
    await using house = await startHouse({ deployments: [definition('test-blue'), other] });
    expect(await refused(house)).toContain('error MIXED_SELECTOR');
  });

  test('a service that selects both slots: nobody can say which is live', async () => {
    const both = (name: 'test-blue' | 'test-green') => {
      const one = definition(name);
      return { ...one, metadata: { ...one.metadata, labels: { app: 'test' } } };
    };
    const deployments = [both('test-blue'), both('test-green')];
    await using house = await startHouse({ deployments, services: [service({ selector: { app: 'test' } })] });
    const done = await house.run();
    expectResult(done, 'refused');
    const { message } = done.outcome.findings.find(({ code }) => code === 'MIXED_SELECTOR') ?? {};
    expect(message).toContain('selects app=test, and so sends live traffic to both test-blue and test-green');
  });

  test('a label whose annotation says something else, for events go by the one and rebuilds by the other', async () => {
    const green = definition('test-green');
    const file = { ...green, metadata: { ...green.metadata, annotations: { appname: 'else' } } };
    await using house = await startHouse({ files: { 'test-green.json': JSON.stringify(file) } });
    expect(await refused(house)).toContain('error LABELS_DISAGREE');
  });

  test('an update of blue that an operator has begun', async () => {
    const blue = definition('test-blue');
    const strategy = { type: 'RollingUpdate', rollingupdate: {} };
    const updated = { ...blue, spec: { ...blue.spec, strategy } };
    await using house = await startHouse({
      deployments: [updated],
      behaviour: ({ spec }) => (spec.instance === 4 ? { start: 'never-healthy' } : {}),
      timing: { second: 10, starting: 3_000 },
    });
    house.bcs.scheduler.updateDeployment({ ...updated, spec: { ...updated.spec, instance: 4 } });
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(await refused(house)).toContain('error UPDATE_UNDER_WAY');
  }, 30_000);

  test('a port of the load balancer that another service claims, too', async () => {
    const other = { ...service(), metadata: { ...service().metadata, name: 'other' } };
    await using house = await startHouse({
      services: [service(), { ...other, spec: { ...other.spec, selector: { a: 'b' } } }],
    });
    expect(await refused(house)).toContain('error PORT_CLAIMED_TWICE');
  });

  test('steps, for a service has no weights', async () => {
    await using house = await startHouse();
    const done = await house.run({ switch: { mode: 'steps' } });
    expectResult(done, 'refused');
    expect(done.outcome.failures[0]?.message).toContain('has no weights');
  });

  test('a definition with spec.selector, by which BCS would delete blue', async () => {
    const green = definition('test-green');
    const file = { ...green, spec: { ...green.spec, selector: { appname: 'test-blue' } } };
    await using house = await startHouse({ files: { 'test-green.json': JSON.stringify(file) } });
    await expect(house.run()).rejects.toMatchObject({
      code: 'MANIFEST',
      message: expect.stringContaining('spec.selector'),
    });
    expect(house.bcs.requests.all).toEqual([]);
  });
});

describe('a switch that overlaps', () => {
  const shared = (name: 'test-blue' | 'test-green') => {
    const one = definition(name);
    return { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, app: 'test' } } };
  };
  const OVERLAP = { switch: { mode: 'overlap', hold: '300ms' } };

  test('goes by a selector that both carry, then narrows, and loses nothing where exports are clean', async () => {
    const files = { 'test-green.json': JSON.stringify(shared('test-green')) };
    await using house = await startHouse({ deployments: [shared('test-blue')], files });
    const seen: unknown[] = [];
    house.bcs.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('/services')) seen.push(house.selector());
    };
    const done = await house.runUnderLoad(OVERLAP);
    expectResult(done, 'succeeded');
    expect(done.failures).toEqual({});
    expect(seen).toEqual([{ app: 'test' }, { appname: 'test-green' }]);
  });

  test('is refused where that selector would match something else, too', async () => {
    const files = { 'test-green.json': JSON.stringify(shared('test-green')) };
    const worker = {
      ...shared('test-blue'),
      metadata: { ...shared('test-blue').metadata, name: 'worker', labels: { app: 'test' } },
    };
    await using house = await startHouse({ deployments: [shared('test-blue'), worker], files });
    const done = await house.run(OVERLAP);
    expectResult(done, 'refused');
    expect(codesOf(done)).toContain('error MIXED_SELECTOR');
    expect(house.selector()).toEqual({ appname: 'test-blue' });
  });

  test('is refused where the slots have nothing in common', async () => {
    await using house = await startHouse();
    const done = await house.run(OVERLAP);
    expectResult(done, 'refused');
    expect(done.outcome.failures[0]?.code).toBe('OVERLAP_IMPOSSIBLE');
  });
});

describe('a service that would match green as soon as it runs', () => {
  const labelled = (name: 'test-blue' | 'test-green', more: Record<string, string> = {}) => {
    const one = definition(name);
    return { ...one, metadata: { ...one.metadata, labels: { ...more, app: 'test', ...one.metadata.labels } } };
  };
  const files = { 'test-green.json': JSON.stringify(labelled('test-green')) };
  const services = [service({ selector: { app: 'test' } })];
  // Which every object of a cluster gets, green too once it exists.
  const OF_BCS = { 'io.tencent.bcs.cluster': 'BCS-MESOS-10000' };

  test('is narrowed to blue first, by a label that green will not have, and nobody meets a mixture (P3)', async () => {
    await using house = await startHouse({ deployments: [labelled('test-blue', OF_BCS)], services, files });
    const seen: unknown[] = [];
    house.bcs.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('/services')) seen.push([house.selector(), house.slots()]);
    };
    const done = await house.runUnderLoad();
    expectResult(done, 'succeeded');
    expect(done.failures).toEqual({});
    expect(seen).toEqual([
      [{ app: 'test', appname: 'test-blue' }, ['test-blue']],
      [{ app: 'test', 'cutover.slot': 'test-green' }, ['test-blue', 'test-green']],
    ]);
  });

  test('and already matches something else is left alone: whoever that is would lose its users', async () => {
    const worker = { ...labelled('test-blue'), metadata: { ...labelled('test-blue').metadata, name: 'worker' } };
    await using house = await startHouse({ deployments: [labelled('test-blue'), worker], services, files });
    const done = await house.run();
    expectResult(done, 'refused');
    const { message } = done.outcome.findings.find(({ code }) => code === 'MIXED_SELECTOR') ?? {};
    expect(message).toContain('selects app=test, which also matches worker');
  });
});
