import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configSchema } from '../../../src/config/schema.js';
import type { DeploymentDefinition, ServiceDefinition } from '../../../src/embedded/bcs/index.js';
import { definition, expectResult, type House, NAMESPACE, service, startHouse } from './house.js';

/** The section without what a bcs.conf says. */
const BARE = { api: undefined, token: undefined, conf: 'bcs.conf' };

async function withConf(house: House, conf: object): Promise<void> {
  await writeFile(join(house.workspace, 'bcs.conf'), JSON.stringify(conf));
}

describe('who we are to BCS', () => {
  test.each(['x-bcs-user-token', 'bearer'] as const)('a gateway that reads %s is served', async tokenHeader => {
    await using house = await startHouse({ tokenHeader });
    const done = await house.run({ verb: 'plan' });
    expectResult(done, 'succeeded');
    expect(done.log).not.toContain(house.bcs.token);
  });

  test('a bcs.conf as bcs-client has it is enough, and an apiserver without a scheme is http', async () => {
    await using house = await startHouse();
    await withConf(house, { apiserver: house.bcs.url.replace('http://', ''), bcs_token: house.bcs.token });
    expectResult(await house.run({ verb: 'plan', bcs: BARE }), 'succeeded');
  });

  test('what the configuration says wins over the bcs.conf', async () => {
    await using house = await startHouse();
    await withConf(house, { apiserver: 'http://127.0.0.1:1', bcs_token: 'another' });
    expectResult(await house.run({ verb: 'plan', bcs: { conf: 'bcs.conf' } }), 'succeeded');
  });

  test('a bcs.conf with the template’s bcs_auth sends no token, and a warning says why', async () => {
    await using house = await startHouse();
    await withConf(house, { apiserver: house.bcs.url, bcs_auth: house.bcs.token });
    const done = await house.run({ bcs: BARE });
    expect(done.outcome.failures[0]?.code).toBe('UNAUTHORIZED');
    expect(done.log).toContain('bcs_auth, which no program reads');
  });

  test('a bcs.conf that is not there, or is no JSON, is told with its name', async () => {
    await using house = await startHouse();
    await expect(house.run({ bcs: BARE })).rejects.toThrow('conf names bcs.conf, which cannot be read');
    await writeFile(join(house.workspace, 'bcs.conf'), 'apiserver: x');
    await expect(house.run({ bcs: BARE })).rejects.toThrow('bcs.conf is not JSON');
  });

  test.each([
    ['null', 'in bcs.conf, it must be an object'],
    ['{"apiserver": 5}', 'in bcs.conf, apiserver must be a text'],
    ['{"apiserver": "not an address !"}', 'apiserver is not an address !, which is no address'],
    ['{"apiserver": "http://127.0.0.1:1", "bcs_token": 7}', 'in bcs.conf, bcs_token must be a text'],
    ['{"apiserver": "http://127.0.0.1:1", "ca_file": "no.pem"}', 'ca_file names no.pem, which cannot be read'],
    ['{"apiserver": "http://127.0.0.1:1", "key_file": "no.pem"}', 'key_file names no.pem, which cannot be read'],
  ])('a bcs.conf that holds %s is told as what is wrong with it', async (text, words) => {
    await using house = await startHouse();
    await writeFile(join(house.workspace, 'bcs.conf'), text);
    await expect(house.run({ bcs: BARE })).rejects.toThrow(words);
  });

  test('a cluster that the gateway does not know is named', async () => {
    await using house = await startHouse();
    const done = await house.run({ bcs: { cluster: 'BCS-MESOS-1' } });
    expect(done.outcome.failures[0]).toMatchObject({
      code: 'NO_CLUSTER',
      message: expect.stringContaining('BCS-MESOS-1'),
    });
  });
});

describe('the section bcs of a configuration', () => {
  const read = (bcs: object) =>
    configSchema.safeParse({
      platform: 'bcs',
      version: '1',
      bcs,
      targets: [{ name: 'test', slots: { blue: 'a', green: 'b' }, routes: ['service/test'] }],
    });

  test('has defaults that fit how slow BCS is', () => {
    const parsed = read({ orchestrator: 'mesos', cluster: 'BCS-MESOS-10000', api: 'https://bcs.example/' });
    expect(parsed.data?.bcs).toEqual({
      orchestrator: 'mesos',
      cluster: 'BCS-MESOS-10000',
      api: 'https://bcs.example',
      'read-lag': 12_000,
      'load-balancer-lag': 20_000,
    });
  });

  test('needs to know the plan, the cluster, and where the gateway is', () => {
    const problems = (bcs: object) => read(bcs).error?.issues.map(({ path }) => path.join('.'));
    expect(problems({})).toEqual(expect.arrayContaining(['bcs.orchestrator', 'bcs.cluster']));
    expect(problems({ orchestrator: 'mesos', cluster: 'X' })).toEqual(['bcs']);
    expect(problems({ orchestrator: 'swarm', cluster: 'X', conf: 'x' })).toEqual(['bcs.orchestrator']);
    expect(problems({ orchestrator: 'mesos', cluster: 'X', conf: 'x', tokn: 'y' })).toEqual(['bcs']);
  });
});

describe('the namespace of a target', () => {
  test('wins over that of the definition, in what is written as in what is read', async () => {
    await using house = await startHouse();
    const done = await house.run({ verb: 'plan', target: { namespace: 'elsewhere' } });
    expect(done.outcome.failures[0]).toMatchObject({
      code: 'SERVICE_NOT_FOUND',
      message: expect.stringContaining('in the namespace elsewhere'),
    });
    expectResult(await house.run({ target: { namespace: NAMESPACE } }), 'succeeded');
  });

  test('is where its record is, also when only the definition names it', async () => {
    const inShop = <T extends { readonly metadata: object }>(one: T) => ({
      ...one,
      metadata: { ...one.metadata, namespace: 'shop' },
    });
    await using house = await startHouse({
      deployments: [inShop(definition('test-blue')) as DeploymentDefinition],
      services: [inShop(service()) as ServiceDefinition],
      files: { 'test-green.json': JSON.stringify(inShop(definition('test-green'))) },
    });
    expectResult(await house.run(), 'succeeded');
    const records = [...house.bcs.scheduler.configMaps.values()].map(({ metadata }) => metadata);
    expect(records.length).toBeGreaterThan(0);
    expect(records.every(({ namespace }) => namespace === 'shop')).toBe(true);
  });

  test('is that of the input namespace, or of the section, where neither target nor definition names one', async () => {
    const { namespace: _, ...metadata } = definition('test-green').metadata;
    const files = { 'test-green.json': JSON.stringify({ ...definition('test-green'), metadata }) };
    await using house = await startHouse({ files });
    const missed = async (settings: object): Promise<string> => {
      const { outcome } = await house.run({ verb: 'plan', ...settings });
      return outcome.failures[0]?.message ?? outcome.result;
    };
    expect(await missed({})).toBe('succeeded');
    expect(await missed({ bcs: { namespace: 'shop' } })).toContain('in the namespace shop');
    expect(await missed({ bcs: { namespace: 'shop' }, namespace: NAMESPACE })).toBe('succeeded');
  });
});
