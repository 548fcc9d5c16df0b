import { describe, expect, test } from '@jest/globals';
import { Load } from '../../embedded/load.js';
import { expectResult, type House, startHouse } from './house.js';

/** Every request to /work leaves an operation of seconds behind it, as a gauge tells. */
const WORKING = { behaviour: () => ({ answers: { '/work': { operationMs: 1_000 } } }) };
const DRAIN = { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '100ms' };
const STEPWISE = { strategy: 'stepwise', drain: DRAIN, settle: '50ms', bake: { for: '100ms' } };

/** What every instance had still to do at the moment at which somebody asked Marathon to end it. */
function watchKills(house: House): { readonly pending: number[]; readonly sizes: number[] } {
  const seen = { pending: [] as number[], sizes: [] as number[] };
  const healthy = () =>
    [...house.dcos.instances('/svc-blue'), ...house.dcos.instances('/svc-green')].filter(one => one !== undefined)
      .length;
  house.dcos.interception.onRequest = ({ method, path }) => {
    if (method === 'POST' && path.includes('/v2/tasks/delete')) seen.sizes.push(healthy());
    return undefined;
  };
  return seen;
}

describe('the procedure of eleven steps', () => {
  test('exchanges four instances one by one under load: no request is lost, none ends with pending work', async () => {
    await using house = await startHouse({ instances: 4, ...WORKING });
    const seen = watchKills(house);
    const load = new Load(house.url, { keepAlive: 2, fresh: 2, pauseMs: 10 });
    const work = new Load(`${house.url}/work`, { fresh: 1, pauseMs: 400 });
    const run = await house.run(STEPWISE);
    const [{ failures, bySlot }, worked] = [await load.stop(), await work.stop()];
    expectResult(run, 'succeeded');
    expect(Object.fromEntries(failures)).toEqual({});
    expect(Object.fromEntries(worked.failures)).toEqual({});
    expect(bySlot.get('svc-green')).toBeGreaterThan(0);
    expect(seen.sizes).toHaveLength(4);
    expect(Math.min(...seen.sizes)).toBeGreaterThanOrEqual(5);
    expect(house.live()).toBe('/svc-green');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(4);
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
    expect(run.log.match(/instances? of \/svc-blue ended/g)).toHaveLength(4);
  });
});
