import { expect, test } from '@jest/globals';
import { expectResult, type House, startHouse } from './house.js';

interface Stored {
  readonly 'record.json': { content: string };
}

type Change = (text: string) => string;

/** Does to the newest revision of the record what a person does with bcs-client and an editor. */
function edit({ bcs }: House, change: Change): void {
  const revisions = [...bcs.scheduler.configMaps.values()].filter(({ metadata }) => /-r\d+$/.test(metadata.name));
  const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0]);
  const [newest] = revisions.sort((one, other) => numberOf(other.metadata.name) - numberOf(one.metadata.name));
  const stored = newest?.datas as unknown as Stored;
  const before = Buffer.from(stored['record.json'].content, 'base64').toString('utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  stored['record.json'].content = Buffer.from(after).toString('base64');
  if (newest) bcs.scheduler.updateConfigMap(newest);
}

const BROKEN: Change = text => text.replaceAll('"appname": "test-green"', '"appname": 7');
const WHOLE: Change = text => text.replaceAll('"appname": 7', '"appname": "test-green"');

/** Green has the traffic, and blue waits for its teardown; then a person edits the record. */
async function switched(...changes: readonly Change[]): Promise<House> {
  const house = await startHouse();
  expectResult(await house.run({ verb: 'deploy' }), 'waiting');
  expectResult(await house.run({ verb: 'switch' }), 'waiting');
  for (const change of changes) edit(house, change);
  await new Promise(resolve => setTimeout(resolve, 350)); // storage shows the edit
  return house;
}

test('a release whose record was edited half-way is not gone on with, and says what is wrong with it', async () => {
  await using house = await switched(BROKEN);
  const before = house.bcs.requests.all.length;
  const run = await house.run({ verb: 'teardown' });
  expectResult(run, 'refused');
  expect(run.outcome.failures).toMatchObject([
    {
      code: 'ROUTE_UNREADABLE',
      message: expect.stringMatching(
        /says of service\/test cannot be used: selector\.appname is wrong \(expected string, received number\)/,
      ),
      hint: expect.stringMatching(/put it back as it was/),
    },
  ]);
  expect(house.selector()).toEqual({ appname: 'test-green' });
  expect(house.slots()).toEqual(['test-blue', 'test-green']);
  const later = house.bcs.requests.all.slice(before);
  expect(later.filter(({ method, path }) => method !== 'GET' && /\/scheduler\//.test(path))).toEqual([]);
});

test('put back as it was, it is gone on with', async () => {
  await using house = await switched(BROKEN, WHOLE);
  expectResult(await house.run({ verb: 'teardown' }), 'succeeded');
  expect(house.slots()).toEqual(['test-green']);
});
