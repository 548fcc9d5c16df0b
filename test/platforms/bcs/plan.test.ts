import { describe, expect, test } from '@jest/globals';
import { definition, expectResult, type House, type Run, service, startHouse } from './house.js';

/** What a plan says it would write, line by line. */
function planned({ log }: Run): readonly string[] {
  return log.split('\n').flatMap(line => /^ {4}((?:create|delete|scale|route) .*)$/.exec(line)?.[1] ?? []);
}

async function plan(house: House, settings: Record<string, unknown> = {}): Promise<readonly string[]> {
  const done = await house.run({ ...settings, 'dry-run': true });
  expectResult(done, 'succeeded');
  return planned(done);
}

/** The guide's deployment with a label that both slots carry. */
function shared(name: 'test-blue' | 'test-green') {
  const one = definition(name);
  return { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, app: 'test' } } };
}

const files = { 'test-green.json': JSON.stringify(shared('test-green')) };
const CREATED = 'create deployment test-green: version green, 3 instances, image hub.docker.com:xxxx/xxxxxx:green';

describe('a plan prints every write, and none that is not made', () => {
  test('for a release', async () => {
    await using house = await startHouse();
    expect(await plan(house)).toEqual([
      CREATED,
      'route service/test: selector appname=test-blue -> appname=test-green',
      'delete deployment test-blue',
    ]);
  });

  test('for an overlap: the selector that both slots carry is a write of its own', async () => {
    await using house = await startHouse({ deployments: [shared('test-blue')], files });
    expect(await plan(house, { switch: { mode: 'overlap' }, teardown: { how: 'scale-to-zero' } })).toEqual([
      CREATED,
      'route service/test: selector appname=test-blue -> app=test',
      'route service/test: selector app=test -> appname=test-green',
      'scale deployment test-blue: instances -> 0',
    ]);
  });

  test('for a service that is narrowed to blue first', async () => {
    const services = [service({ selector: { app: 'test' } })];
    await using house = await startHouse({ deployments: [shared('test-blue')], services, files });
    expect(await plan(house, { teardown: { how: 'keep' } })).toEqual([
      CREATED,
      'route service/test: selector app=test -> app=test, appname=test-blue',
      'route service/test: selector app=test, appname=test-blue -> app=test, cutover.slot=test-green',
    ]);
  });

  test('for a rollback: blue, which is there, is neither deleted nor created', async () => {
    await using house = await startHouse();
    expectResult(await house.run({ teardown: { how: 'scale-to-zero' } }), 'succeeded');
    const back = await house.run({ verb: 'rollback', teardown: { how: 'keep' } }, { id: 'test-2' });
    expectResult(back, 'succeeded');
    expect(planned(back)).toEqual([
      'scale deployment test-blue: instances 0 -> 3',
      'route service/test: selector appname=test-green -> appname=test-blue',
    ]);
  });

  test('for a switch to what an earlier job deployed', async () => {
    await using house = await startHouse();
    await house.run({ verb: 'deploy' });
    const done = await house.run({ verb: 'switch', teardown: { how: 'keep' } }, { id: 'test-2' });
    expectResult(done, 'succeeded');
    expect(planned(done).join()).not.toMatch(/create|delete/);
  });

  test('for a slot that an earlier release left', async () => {
    const old = definition('test-green');
    await using house = await startHouse({ deployments: [definition('test-blue'), old] });
    expect(await plan(house)).toContain('delete deployment test-green: of an earlier release');
  });
});
