import { describe, expect, test } from '@jest/globals';
import { type EmbeddedBcsOptions, startEmbeddedBcs } from '../../../src/embedded/bcs/index.js';
import { eventually } from '../../cluster/support/eventually.js';
import { Client, deployment, practice, service } from './support.js';

async function bcs(options: EmbeddedBcsOptions = {}) {
  const platform = await startEmbeddedBcs(options);
  return { platform, client: new Client(platform), [Symbol.asyncDispose]: () => platform.close() };
}

const CHECKED = { healthChecks: [{ protocol: 'tcp' }] };

function checked(name: string) {
  const { spec } = deployment(name);
  const [container] = spec.template.spec.containers;
  const containers = container ? [{ ...container, ...CHECKED }] : [];
  return deployment(name, { template: { spec: { ...spec.template.spec, containers } } });
}

describe('a deployment', () => {
  test('is Running as soon as its application was launched, whatever becomes of it', async () => {
    await using at = await bcs({ behaviour: () => ({ start: 'crash' }) });
    expect(await at.client.create('deployments', deployment('blue'))).toMatchObject({ status: 200, code: 0 });
    await eventually('the deployment in storage', 5, async () => {
      const [found] = await at.client.list('deployment', { name: 'blue' });
      return found ? { found: true } : { not: 'there' };
    });
    at.platform.storage.copy();
    expect(await at.client.list('deployment', { name: 'blue' })).toMatchObject([{ status: 'Running' }]);
    const [application] = await at.client.list('application', { name: 'blue' });
    expect(application).toMatchObject({ instance: 3, runningInstance: 0 });
  });

  test('runs what it was told to, and every taskgroup says which application it belongs to', async () => {
    await using at = await bcs();
    await at.platform.seed({ deployments: [practice('test-blue')] });
    expect(await at.client.list('application', { namespace: 'defaultGroup' })).toMatchObject([
      { metadata: { name: 'test-blue' }, instance: 3, buildedInstance: 3, runningInstance: 3, status: 'Running' },
    ]);
    expect(await at.client.list('taskgroup', { rcName: 'test-blue' })).toMatchObject([
      { rcname: 'test-blue', status: 'Running' },
      { rcname: 'test-blue', status: 'Running' },
      { rcname: 'test-blue', status: 'Running' },
    ]);
  });

  test('that runs may be unhealthy all the same', async () => {
    await using at = await bcs({ behaviour: () => ({ start: 'never-healthy' }) });
    await at.platform.seed({ deployments: [checked('blue')] });
    const [taskgroup] = await at.client.list('taskgroup', { rcName: 'blue' });
    expect(taskgroup).toMatchObject({
      status: 'Running',
      containerStatuses: [
        {
          status: 'Running',
          message: 'container is running, but unhealthy',
          healCheckStatus: [{ type: 'TCP', result: false }],
        },
      ],
    });
  });

  test('for which no offer has room says so in its application alone', async () => {
    await using at = await bcs({ behaviour: () => ({ start: 'no-resources' }) });
    await at.client.create('deployments', deployment('blue'));
    await at.platform.settled();
    expect(await at.client.list('application')).toMatchObject([
      { status: 'Abnormal', message: 'have not enough resources to launch application', runningInstance: 0 },
    ]);
  });

  test('with a selector takes over and deletes an application that one of its labels matches', async () => {
    await using at = await bcs();
    await at.platform.seed({ deployments: [deployment('blue')] });
    const thief = deployment('green', { selector: { appname: 'blue', tier: 'web' } });
    expect(await at.client.create('deployments', thief)).toMatchObject({ code: 0 });
    await at.platform.settled();
    const applications = await at.client.list('application');
    expect(applications).toMatchObject([{ metadata: { name: 'green' } }]);
  });

  test('cannot be created twice, nor with a dot in its name', async () => {
    await using at = await bcs();
    await at.client.create('deployments', deployment('blue'));
    expect(await at.client.create('deployments', deployment('blue'))).toMatchObject({ result: false, code: 1405201 });
    expect(await at.client.create('deployments', deployment('blue.v1'))).toMatchObject({
      result: false,
      code: 1405008,
    });
  });

  test('is deleted at once by its answer, and later in truth', async () => {
    await using at = await bcs();
    await at.platform.seed({ deployments: [deployment('blue')] });
    expect(await at.client.remove('deployments', 'blue')).toMatchObject({ code: 0 });
    expect(await at.client.remove('deployments', 'blue')).toMatchObject({ code: 0 });
    expect((await at.client.inspect('deployment', 'blue')).code).toBe(0);
    await at.platform.settled();
    expect(await at.client.inspect('deployment', 'blue')).toMatchObject({ result: false, code: 1405087, data: [] });
    expect(await at.client.remove('deployments', 'blue')).toMatchObject({ result: false, code: 1405202 });
  });

  test('that is updated shows the application to come, until that one runs', async () => {
    await using at = await bcs();
    const strategy = { type: 'RollingUpdate', rollingupdate: { maxSurge: 1 } };
    await at.platform.seed({ deployments: [deployment('blue', { strategy })] });
    expect(await at.client.update('deployments', deployment('blue', { strategy }))).toMatchObject({ code: 0 });
    at.platform.storage.copy();
    expect(await at.client.list('deployment')).toMatchObject([
      { status: 'Update', application_ext: { name: expect.stringMatching(/^blue-v\d+$/) } },
    ]);
    await at.platform.settled();
    expect(await at.client.list('deployment')).toMatchObject([{ status: 'Running', application_ext: null }]);
  });
});

describe('a service', () => {
  test('loses what is no field of its ports, without a word', async () => {
    await using at = await bcs();
    const port = { name: 'test-port', protocol: 'TCP', servicePort: 8080 };
    const written = service('blue', { ports: [{ ...port, containerPort: 8000 } as typeof port] });
    expect(await at.client.create('services', written)).toMatchObject({ code: 0 });
    await at.platform.settled();
    const [stored] = (await at.client.list('service')) as unknown as readonly { spec: object }[];
    expect(stored?.spec).toEqual({ selector: { appname: 'blue' }, ports: [port] });
  });

  test('that is updated has its whole spec replaced, and keeps its labels', async () => {
    await using at = await bcs();
    await at.client.create('services', service('blue'));
    const { metadata, spec } = service('green');
    const change = { metadata: { ...metadata, labels: { BCSGROUP: 'other' } }, spec: { selector: spec.selector } };
    expect(await at.client.update('services', change)).toMatchObject({ code: 0 });
    await at.platform.settled();
    const [stored] = await at.client.list('service');
    expect(stored).toMatchObject({
      metadata: { labels: { BCSGROUP: 'test-lb' } },
      spec: { selector: { appname: 'green' } },
    });
    expect(stored).not.toHaveProperty('spec.ports');
  });

  test('is read as it was before, for seconds after it was written', async () => {
    await using at = await bcs({ timing: { second: 50 } });
    await at.client.create('services', service('blue'));
    await at.platform.settled();
    await at.client.update('services', service('green'));
    expect(await at.client.list('service')).toMatchObject([{ spec: { selector: { appname: 'blue' } } }]);
    await at.platform.settled();
    expect(await at.client.list('service')).toMatchObject([{ spec: { selector: { appname: 'green' } } }]);
  });

  test('with the port names of the guide has backends without ports, and no backend at the load balancer', async () => {
    await using at = await bcs();
    await at.platform.seed({ deployments: [practice('test-blue')], services: [practice('test-svc-blue')] });
    expect(await at.client.list('exportservice')).toMatchObject([{ ports: [{ name: 'http-port', backends: [] }] }]);
  });

  test('that two services claim a port of is not updated any more by the load balancer', async () => {
    await using at = await bcs();
    const second = { ...service('blue'), metadata: { ...service('blue').metadata, name: 'other' } };
    await at.platform.seed({ deployments: [deployment('blue')], services: [service('blue'), second] });
    expect(at.platform.loadBalancer('test-lb')?.isFrozen).toBe(true);
  });
});

describe('the programs of BCS', () => {
  test('answer with an empty 200 where the scheduler is not the master', async () => {
    await using at = await bcs();
    at.platform.faults.add({ answer: { status: 200, body: '' } });
    await expect(at.client.create('services', service('blue'))).rejects.toThrow(/JSON/);
  });

  test('say what is wrong in an envelope, with the status of a success', async () => {
    await using at = await bcs();
    const { url, token, clusterId } = at.platform;
    const answer = await fetch(`${url}/bcsapi/v4/scheduler/mesos/namespaces/defaultGroup/deployments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'bcs-clusterid': clusterId },
      body: '{"a": 1,}',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ result: false, code: 1405010, data: {} });
  });
});
