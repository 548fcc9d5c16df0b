import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStage } from './stage.js';

test('a clean-up with nothing to clean up leaves reports, outputs and messages as the run left them', async () => {
  await using stage = await openStage();
  const told: string[] = [];
  const chat = createServer(async (request, response) => {
    told.push((await request.toArray()).join(''));
    response.writeHead(200).end();
  });
  await new Promise<void>(resolve => chat.listen(0, '127.0.0.1', resolve));
  stage.write('cutover.yml', `notify: { url: "http://127.0.0.1:${(chat.address() as AddressInfo).port}/" }\n`);
  const inputs = { config: 'cutover.yml', 'report-directory': 'left' };
  const cleaned = await stage.run({ ...inputs, verb: 'abort-if-unfinished' });
  expect(cleaned).toMatchObject({ exitCode: 0, summary: '' });
  expect(cleaned.outputs.result).toBeUndefined();
  expect(cleaned.log).toContain(
    'There was nothing to abort on shop: nothing was written. Live now: shop-blue (1.4.2).',
  );
  expect({ told, left: existsSync(join(stage.workspace, 'left')) }).toEqual({ told: [], left: false });
  // The same server is told of a run that did something.
  const released = await stage.run(inputs);
  chat.close();
  expect({ exitCode: released.exitCode, told: told.map(text => JSON.parse(text).result) }).toEqual({
    exitCode: 0,
    told: ['succeeded'],
  });
});
