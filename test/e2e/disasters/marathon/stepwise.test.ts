import { expect, test } from '@jest/globals';
import { marathonGround } from '../grounds/marathon.js';
import { print } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

/** The demo's program counts its requests under way; a moment without any is soon there. */
const STEPWISE = {
  strategy: 'stepwise',
  drain: { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '50ms' },
};

/** The writes at which an exchange of two instances is killed, and how often each comes before. */
const POINTS: readonly (readonly [name: string, method: string, path: RegExp, nth: number])[] = [
  ['after blue is in the pool by its addresses', 'PUT', /\/v2\/pools\//, 1],
  ['after the first instance has left the pool', 'PUT', /\/v2\/pools\//, 2],
  ['after the first instance was told to end', 'POST', /\/v2\/tasks\/delete/, 1],
  ['after the last instance was told to end', 'POST', /\/v2\/tasks\/delete/, 2],
];

/** All points with `npm run test:disasters`; else the one in the middle. */
const CHOSEN = process.env.CUTOVER_DISASTERS === 'all' ? POINTS : POINTS.slice(2, 3);

/** Both slots serve during an exchange, so that the one promise about that does not hold here. */
function broken({ ground }: Theatre): readonly string[] {
  return ground.broken().filter(one => !one.startsWith('P3'));
}

test('an exchange of instances that is killed goes on by the same command, and users notice nothing (P2, P6, P7)', async () => {
  const rows: unknown[] = [];
  for (const [name, method, path, nth] of CHOSEN) {
    await using theatre = await openTheatre(marathonGround, { more: STEPWISE });
    let seen = 0;
    const killed = theatre.perform();
    theatre.ground.stage.intercept({
      beforeAnswer: request => {
        if (request.method === method && path.test(request.path) && ++seen === nth) killed.kill('SIGKILL');
      },
    });
    const { signal } = await killed.ended;
    const again = await theatre.perform().ended;
    const { requests, failed } = await theatre.applause();
    const [target] = theatre.ground.targets;
    rows.push({ name, signal, code: again.code, failed, broken: broken(theatre), live: target?.live() });
    print(`Stepwise, killed ${name}`, [
      ['requests', 'failed', 'exit'],
      [String(requests), String(failed), String(again.code)],
    ]);
  }
  const end = { signal: 'SIGKILL', code: 0, failed: 0, broken: [], live: '/shop-green' };
  expect(rows).toEqual(CHOSEN.map(([name]) => ({ name, ...end })));
}, 120_000);
