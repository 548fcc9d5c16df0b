import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { codesOf, definition, expectResult, NAMESPACE, printed, service, startHouse } from './house.js';

/** Both of the guide's files, as they are printed, side by side. */
const FOLDER = { manifest: 'release' };

describe('the Mesos half of the guide', () => {
  test('goes end to end under load without a failed request where exports follow cleanly (P4, P7)', async () => {
    await using house = await startHouse();
    const before = house.bcs.scheduler.services.get(`${NAMESPACE}/test`);
    const done = await house.runUnderLoad();
    expectResult(done, 'succeeded');
    expect(done.failures).toEqual({});
    expect(house.slots()).toEqual(['test-green']);
    const after = house.bcs.scheduler.services.get(`${NAMESPACE}/test`);
    expect(after).toEqual({ ...before, spec: { ...before?.spec, selector: { appname: 'test-green' } } });
    expect(house.bcs.requests.unknown).toEqual([]);
  });

  test('and back again: the next version goes to the other slot, from the same file', async () => {
    await using house = await startHouse();
    expectResult(await house.run(), 'succeeded');
    const image = 'hub.docker.com:xxxx/xxxxxx:next';
    const next = await house.run({ version: 'next', target: { image } }, { id: 'test-2' });
    expectResult(next, 'succeeded');
    expect(house.slots()).toEqual(['test-blue']);
    expect(house.selector()).toEqual({ appname: 'test-blue' });
    const { outcome } = await house.run({ version: 'next', target: { image } }, { id: 'test-3' });
    expect(outcome.result).toBe('unchanged');
  });

  test('takes the size that blue has now, not the one of the file', async () => {
    await using house = await startHouse();
    house.bcs.scheduler.scaleDeployment({ namespace: NAMESPACE, name: 'test-blue' }, 5);
    await house.bcs.settled();
    expectResult(await house.run(), 'succeeded');
    expect(house.bcs.scheduler.application({ namespace: NAMESPACE, name: 'test-green' }).running).toBe(5);
  });

  test('with backends that reset: blue stays until green has all of them, and what users saw is told', async () => {
    await using house = await startHouse({ exportBehaviour: 'resetting', timing: { second: 20 } });
    const moments: string[] = [];
    house.bcs.interception.onRequest = ({ method, path }) => {
      if (method === 'DELETE' && path.includes('/deployments/')) {
        const [port] = house.bcs.exports.shown()[0]?.ports ?? [];
        moments.push(`${port?.backends.length} backends when blue was ordered away`);
      }
      return undefined;
    };
    // The probe may see all of it: the user has said that a gap is better than no release.
    const done = await house.runUnderLoad({ bake: { for: '50ms', probe: { 'errors-above': '100%' } } });
    expectResult(done, 'succeeded');
    expect(moments).toEqual(['3 backends when blue was ordered away']);
    expect(Object.keys(done.failures).length).toBeGreaterThan(0);
    const [window] = done.outcome.evidence.probes;
    expect(window?.failed).toBeGreaterThan(0);
    expect(done.log).toMatch(/failed/);
    expect(codesOf(done)).toContain('warning BACKENDS_MAY_RESET');
  }, 60_000);

  test('with backends that reset: users who see a gap bring blue back, unless told otherwise', async () => {
    await using house = await startHouse({ exportBehaviour: 'resetting', timing: { second: 8 } });
    const done = await house.runUnderLoad();
    expectResult(done, 'rolled-back');
    expect(house.selector()).toEqual({ appname: 'test-blue' });
    expect(house.slots()).toEqual(['test-blue']);
  }, 60_000);

  test('with backends that never come back in time: blue is brought back', async () => {
    await using house = await startHouse({ exportBehaviour: 'resetting', timing: { second: 20 } });
    const done = await house.run({ deadlines: { confirm: '1s' } });
    expectResult(done, 'rolled-back');
    expect(done.outcome.failures[0]).toMatchObject({
      code: 'NOT_CONFIRMED',
      message: expect.stringMatching(/port test-port of service test has [012] of 3 backends of test-green/),
    });
    expect(house.selector()).toEqual({ appname: 'test-blue' });
  }, 60_000);
});

describe('the files of the guide as they are printed', () => {
  test('are accepted, and the comma that bcs-client refuses is reported with its line', async () => {
    await using house = await startHouse();
    const done = await house.run();
    expectResult(done, 'succeeded');
    const comma = done.outcome.findings.find(({ code }) => code === 'TRAILING_COMMA');
    expect(comma).toMatchObject({ severity: 'warning', message: expect.stringContaining('test-green.json, line 38') });
    const made = house.bcs.scheduler.deployments.get(`${NAMESPACE}/test-green`)?.definition;
    expect(made?.spec.template).toEqual(definition('test-green').spec.template);
  });

  test('whose service is live: each reason why nobody is served is named, with ports that would do', async () => {
    const written = JSON.parse(printed('test-svc.json'));
    await using house = await startHouse({ services: [written] });
    const done = await house.run();
    expectResult(done, 'refused');
    expect(codesOf(done)).toEqual(expect.arrayContaining(['error PORT_NAMES_DIFFER', 'error HTTP_WITHOUT_DOMAIN']));
    const [finding] = done.outcome.findings.filter(({ code }) => code === 'PORT_NAMES_DIFFER');
    expect(finding?.message).toContain('has the port http-port, and the containers have test-port');
    expect(finding?.remedy).toContain('[{"name":"test-port","protocol":"TCP","servicePort":8080}]');
    expect(house.slots()).toEqual(['test-blue']);
  });

  test('that no load balancer serves is no reason to refuse: names inside of the cluster lead to it all the same', async () => {
    const written = JSON.parse(printed('test-svc.json'));
    await using house = await startHouse({ services: [{ ...written, metadata: { ...written.metadata, labels: {} } }] });
    const done = await house.run();
    expectResult(done, 'succeeded');
    expect(codesOf(done)).toEqual(expect.arrayContaining(['warning NO_LOAD_BALANCER', 'warning PORT_NAMES_DIFFER']));
    expect(codesOf(done)).not.toContain('error HTTP_WITHOUT_DOMAIN');
    expect(house.selector()).toEqual({ appname: 'test-green' });
  });

  test('the repaired form of that finding does make a release', async () => {
    const written = JSON.parse(printed('test-svc.json'));
    await using house = await startHouse({ services: [written] });
    const refused = await house.run();
    const { remedy } = refused.outcome.findings.find(({ code }) => code === 'PORT_NAMES_DIFFER') ?? { remedy: '' };
    const ports = JSON.parse(/\[.*\]/.exec(remedy)?.[0] ?? '[]');
    house.bcs.scheduler.updateService({ ...written, spec: { ...written.spec, ports } });
    await house.bcs.settled();
    expectResult(await house.run({}, { id: 'test-2' }), 'succeeded');
  });

  test('beside a service that is right: what is wrong in the file is a warning, for it is not written', async () => {
    await using house = await startHouse();
    await mkdir(join(house.workspace, 'release'));
    for (const name of ['test-green.json', 'test-svc.json'])
      await writeFile(join(house.workspace, 'release', name), printed(name));
    const done = await house.run({ target: FOLDER });
    expectResult(done, 'succeeded');
    expect(codesOf(done)).toEqual(
      expect.arrayContaining([
        'warning TRAILING_COMMA',
        'warning PORT_NAMES_DIFFER',
        'warning HTTP_WITHOUT_DOMAIN',
        'warning SERVICE_CONTAINER_PORT',
      ]),
    );
    expect(house.bcs.scheduler.services.get(`${NAMESPACE}/test`)?.spec.ports).toEqual(service().spec.ports);
  });

  test('beside a service whose port says no protocol, and a container port without a name: neither stops a release', async () => {
    const green = definition('test-green');
    const containers = green.spec.template.spec.containers.map(one => ({
      ...one,
      ports: [{ containerPort: 9100 }, ...(one.ports ?? [])],
    }));
    const template = { spec: { ...green.spec.template.spec, containers } };
    const files = {
      'green.json': JSON.stringify({ ...green, spec: { ...green.spec, template } }),
      'svc.yaml': dump({ ...service(), spec: { ports: [{ name: 'test-port', servicePort: 8080 }] } }),
    };
    await using house = await startHouse();
    await mkdir(join(house.workspace, 'release'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(house.workspace, 'release', name), text);
    expectResult(await house.run({ target: FOLDER, 'dry-run': true }), 'succeeded');
  });

  test('in YAML they mean the same', async () => {
    await using house = await startHouse({ files: { 'green.yaml': dump(definition('test-green')) } });
    const done = await house.run({ target: { manifest: 'green.yaml' } });
    expectResult(done, 'succeeded');
    expect(codesOf(done)).not.toContain('warning TRAILING_COMMA');
  });
});

test('the way back by hand is a command of bcs-client that changes the selector and keeps the rest', async () => {
  await using house = await startHouse();
  const { log } = await house.run({ teardown: { how: 'keep' } });
  expect(log).toContain(
    'bcs-client inspect --clusterid BCS-MESOS-10000 -t service -ns defaultGroup -n test' +
      ` | jq '.data | .spec.selector = {"appname":"test-blue"}' > test.json` +
      ' && bcs-client update --clusterid BCS-MESOS-10000 -t service -f test.json',
  );
});
