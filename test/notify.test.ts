import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Config } from '../src/config/schema.js';
import { pickHost } from '../src/hosts/index.js';
import { notify } from '../src/notify.js';
import type { Outcome } from '../src/release/model.js';
import { worldOf } from './hosts/world.js';
import { serve } from './lib/serve.js';
import { rolledBack, succeeded } from './report/outcomes.js';

type Wanted = NonNullable<Config['notify']>;

/** Tells an outcome to a server that answers with these statuses in turn. */
async function told(over: Partial<Wanted>, outcome: Outcome = succeeded, statuses: readonly number[] = [200]) {
  const got: { body: string; signature: unknown }[] = [];
  await using server = await serve(async (question, answer) => {
    let body = '';
    for await (const part of question) body += part;
    got.push({ body, signature: question.headers['x-cutover-signature'] });
    answer.writeHead(statuses[got.length - 1] ?? 200).end();
  });
  const { world, stdout, stderr } = worldOf({
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'example/shop',
    GITHUB_RUN_ID: '7',
  });
  const host = await pickHost(world);
  const wanted: Wanted = {
    url: `${server.url}/hooks/T0/B0/very-hidden?sig=1`,
    format: 'json',
    secret: undefined,
    ...over,
  };
  await notify(host, outcome, wanted);
  return { got, log: stdout() + stderr() };
}

describe('a notification', () => {
  test('is the result as JSON, signed, without the seconds of the probes', async () => {
    const { got, log } = await told({ secret: 'shared-secret' });
    const [{ body, signature } = { body: '', signature: '' }] = got;
    expect(got).toHaveLength(1);
    expect(JSON.parse(body)).toMatchObject({ format: 1, result: 'succeeded', live: 'shop-green' });
    expect(body).not.toContain('spans');
    expect(signature).toBe(`sha256=${createHmac('sha256', 'shared-secret').update(body).digest('hex')}`);
    expect(log).not.toContain('::warning');
  });

  test.each(['slack', 'teams'] as const)(
    'for %s is a message as it takes one, with a link to the run',
    async format => {
      const { got } = await told({ format, secret: 'shared-secret' }, rolledBack);
      const [{ body, signature } = { body: '', signature: '' }] = got;
      const message = JSON.parse(body);
      expect(message).toHaveProperty(format === 'slack' ? 'blocks' : 'attachments');
      expect(body).toContain('was rolled back at bake');
      expect(body).toContain('"url":"https://github.example/example/shop/actions/runs/7/attempts/1"');
      expect(signature).toBe(`sha256=${createHmac('sha256', 'shared-secret').update(body).digest('hex')}`);
    },
  );

  test('holds no secret, and its own URL is one (P12)', async () => {
    const hidden = { ...succeeded, notes: ['the token is shared-secret'] };
    const { got, log } = await told({ secret: 'shared-secret' }, hidden, [403]);
    expect(got[0]?.body).toContain('the token is ***');
    expect(log).toContain('::warning::The notification was not taken: POST *** answered 403.');
    const shown = log.split('\n').filter(line => !line.startsWith('::add-mask::'));
    expect(shown.filter(line => line.includes('very-hidden'))).toEqual([]);
  });

  test('that fails is a warning, after three attempts', async () => {
    const { got, log } = await told({}, succeeded, [500, 503, 500]);
    expect(got).toHaveLength(3);
    expect(log.match(/::warning::The notification was not taken/g)).toHaveLength(1);
  }, 20_000);

  test('is not sent where none is asked for', async () => {
    const { world, stdout } = worldOf({});
    await notify(await pickHost(world), succeeded, undefined);
    expect(stdout()).toBe('');
  });
});
