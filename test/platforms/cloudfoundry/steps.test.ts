import { expect, test } from '@jest/globals';
import { codesOf, expectResult, type House, startHouse } from './house.js';
import { SLOW, Users } from './users.js';

const seed = { apps: [{ name: 'myapp', image: 'registry.test/myapp:1', instances: 3 }] };
/** Of three instances: 1 of 4, 3 of 6 and 3 of 4. */
const STEPS = { switch: { mode: 'steps', steps: [25, 50, 75, 100], hold: '600ms' } };

/** Instances of blue and green that are not on their way out, whenever a destination or a size was written. */
function watchSizes({ cf, destinations }: House): readonly string[] {
  const seen: string[] = [];
  cf.interception.beforeAnswer = ({ method, path }) => {
    if (method === 'GET' || !/destinations|scale/.test(path)) return;
    const sizes = ['myapp', 'myapp-green'].map(name => cf.instances(name).length).join('/');
    const text = `${sizes} ${destinations().join('+')}`;
    if (seen.at(-1) !== text) seen.push(text);
  };
  return seen;
}

test('users get green in the shares that the instances make, and lose no request', async () => {
  await using house = await startHouse({ timing: SLOW, seed });
  const sizes = watchSizes(house);
  const users = new Users(house.url);
  const shares = new Map<string, number>();
  // Each line that tells of a stage comes at its end: the answers since the one before are those of the stage.
  const line = (text: string) => {
    if (text.startsWith('both slots get live traffic')) users.forget();
    const [, share] = /myapp-green got ([\d.]+) % of the traffic/.exec(text) ?? [];
    if (share !== undefined) shares.set(share, users.shareOf('2'));
  };
  // From the write on, the proof of it included.
  const run = await house.run({ switch: { ...STEPS.switch, hold: '3s' }, line });
  await users.stop();
  expectResult(run, 'succeeded');
  expect(users.failures).toEqual([]);
  expect(sizes).toEqual([
    '3/3 myapp',
    '3/1 myapp',
    '3/1 myapp+myapp-green',
    '3/3 myapp+myapp-green',
    '1/3 myapp+myapp-green',
    '1/3 myapp-green',
    '3/3 myapp-green',
  ]);
  expect([...shares.keys()]).toEqual(['25', '50', '75']);
  for (const [share, seen] of shares) expect(Math.abs(seen - Number(share))).toBeLessThan(10);
  expect(run.log).toMatch(/ cf scale myapp -i 3 && cf map-route myapp /);
  expect(codesOf(run)).toEqual(expect.arrayContaining(['info SHARES_BY_INSTANCES', 'warning LIVE_INSTANCES_STOP']));
});

test('a green that is worse at three quarters goes back by way of a whole blue, and users lose nothing by that', async () => {
  await using house = await startHouse({ seed });
  const sizes = watchSizes(house);
  const users = new Users(house.url);
  const isAtThreeQuarters = () => house.cf.instances('myapp').length === 1;
  const checks = [{ command: { run: ['node', '-e', 'process.exit(Number(require("fs").existsSync("worse")))'] } }];
  house.cf.interception.onRequest = () => {
    if (isAtThreeQuarters()) house.write('worse', '');
    return undefined;
  };
  const run = await house.run({ switch: { ...STEPS.switch, checks } });
  await users.stop();
  expectResult(run, 'rolled-back');
  expect(users.failures).toEqual([]);
  expect(sizes.slice(4)).toEqual(['1/3 myapp+myapp-green', '3/3 myapp+myapp-green', '3/3 myapp']);
  expect(house.destinations()).toEqual(['myapp']);
  expect(house.cf.instances('myapp')).toHaveLength(3);
  expect(house.apps()).toEqual(['myapp']);
});

test('up to one half nothing that is live is stopped, so even a program that ends at once loses no request', async () => {
  await using house = await startHouse({ seed, behaviour: () => ({ drains: false }) });
  const users = new Users(house.url);
  const run = await house.run({ switch: { ...STEPS.switch, steps: [25, 50, 100] } });
  await users.stop();
  expectResult(run, 'succeeded');
  expect(users.failures).toEqual([]);
  expect(codesOf(run)).not.toContain('warning LIVE_INSTANCES_STOP');
});

test.each([
  [
    'a share that the instances cannot make',
    { switch: { mode: 'steps', steps: [10, 100] } },
    /they can make 25 %, 40 %, 50 %, 60 %, 75 %/,
  ],
])('%s is refused before anything is written, with those that they can', async (_, settings, reason) => {
  await using house = await startHouse({ seed });
  const run = await house.run(settings);
  expectResult(run, 'refused');
  expect(run.outcome.failures[0]).toMatchObject({ code: 'STEPS_IMPOSSIBLE', message: expect.stringMatching(reason) });
  expect(house.writes()).toEqual([]);
});

test('the plan says what each step really is, before anything is written', async () => {
  await using house = await startHouse({ seed: { apps: [{ ...seed.apps[0], name: 'myapp', instances: 10 }] } });
  const run = await house.run({ verb: 'plan', switch: { mode: 'steps', steps: [10, 75, 100] } });
  expectResult(run, 'succeeded');
  const first = '90.9 % myapp-blue + 9.1 % myapp-green (10 + 1 instances)';
  const second = '23.1 % myapp-blue + 76.9 % myapp-green (3 + 10 instances)';
  for (const routed of [`myapp-blue -> ${first}`, `${first} -> ${second}`, `${second} -> myapp-green`])
    expect(run.log).toContain(routed);
  const said = run.outcome.findings.find(({ code }) => code === 'SHARES_BY_INSTANCES')?.message;
  expect(said).toContain('9.1 % in place of 10 % by 1 of 11 instances');
});

test('somebody who scales a slot between two steps is noticed, and the release goes back', async () => {
  await using house = await startHouse({ seed });
  const scale = (text: string) => {
    const [process] = house.cf.database.processesOf(house.cf.app('myapp')?.guid ?? '');
    if (!process || !text.includes('myapp-green got 25 %')) return;
    process.instances = 5;
    house.cf.diego.reconcile();
  };
  const run = await house.run({ ...STEPS, line: scale });
  expectResult(run, 'rolled-back');
  expect(run.outcome.failures[0]?.message).toContain('myapp-blue has 5 instances, and not the 3 that make the share');
  expect(house.destinations()).toEqual(['myapp']);
});
