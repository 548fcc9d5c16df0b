/** Green checked through the load balancers: other ways in, and runs that were stopped meanwhile. */
import { describe, expect, test } from '@jest/globals';
import { expectOnlyBlue, underLoad } from './exchange.js';
import { example, expectResult } from './house.js';
import { BY_HOST, inPrivate, OWN_PORT, startPrivate } from './private-backend.js';

describe('green is checked', () => {
  test('by a host rule of the frontend of users', async () => {
    await using house = await startPrivate(BY_HOST);
    expectResult(await underLoad(house, () => house.run(house.settings)), 'succeeded');
    expect(inPrivate(house)).toEqual(['/nobody']);
  });

  test('and not alone in the private backend: that is told, and no check counts', async () => {
    await using house = await startPrivate(OWN_PORT);
    const other = { ...example('svc-blue.json'), id: '/nobody' };
    await house.api('POST', '/service/marathon/v2/apps', other);
    await house.dcos.settled();
    const run = await house.run(house.settings);
    expectResult(run, 'failed');
    expect(run.outcome.failures[0]).toMatchObject({
      code: 'NO_PREVIEW',
      message: expect.stringMatching(/the backend private still has 127\.0\.0\.1:\d+/),
    });
    expect(inPrivate(house)).toEqual(['/nobody']);
  });
});

describe('a run that was stopped while green was in the private backend leaves it to the same command', () => {
  const lock = { term: '1s', wait: '3s' };

  async function stopped() {
    const house = await startPrivate(OWN_PORT);
    const { interception } = house.dcos;
    const cancel = new AbortController();
    interception.beforeAnswer = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/pools/')) cancel.abort(new Error('stopped'));
    };
    // A stopped process takes nothing away: neither the check's own end nor the way back gets through.
    interception.onRequest = ({ mutating }) => (mutating && cancel.signal.aborted ? 'reset' : undefined);
    await house.run({ ...house.settings, lock, deadline: '6s' }, { signal: cancel.signal });
    expect(inPrivate(house)).toEqual(['/nobody', '/svc-green']);
    Object.assign(interception, { onRequest: () => undefined, beforeAnswer: () => undefined });
    return house;
  }

  test('which ends with nothing of a slot there', async () => {
    await using house = await stopped();
    expectResult(await house.run({ ...house.settings, lock }), 'succeeded');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expect(house.live()).toBe('/svc-green');
  }, 60_000);

  test('which takes it away with a green that is no good after all', async () => {
    await using house = await stopped();
    const verify = [{ http: { path: '/', expect: { status: 204 }, retries: 0 } }];
    expectResult(await house.run({ ...house.settings, lock, verify }), 'failed');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expectOnlyBlue(house, 2);
  }, 60_000);
});
