import { describe, expect, test } from '@jest/globals';
import { pickHost } from '../../src/hosts/index.js';
import { stillClock, worldOf } from './world.js';

async function terminal(environment: Record<string, string>, isTTY: boolean, columns = 80) {
  const written = worldOf(environment, { isTTY, columns, arguments: ['plan', '--bake', '1m'] });
  const clock = stillClock();
  return { host: await pickHost(written.world, clock), clock, ...written };
}

describe('a terminal that was asked for JSON', () => {
  test('gives a machine one document on stdout, without secrets, and people their words on stderr', async () => {
    const written = worldOf({}, { arguments: ['status', '--json', '--bake', '1m'] });
    const host = await pickHost(written.world, stillClock());
    host.mask('hunter2!');
    host.log.info('shop-blue is live');
    host.data?.({ live: 'shop-blue', note: 'hunter2!' });
    expect(host.inputs).toEqual({ verb: 'status', bake: '1m' });
    expect(JSON.parse(written.stdout())).toEqual({ live: 'shop-blue', note: '***' });
    expect(written.stderr()).toBe('shop-blue is live\n');
  });

  test('says nothing on stdout but what people read when it was not asked', async () => {
    const { host, stdout } = await terminal({}, false);
    host.data?.({ live: 'shop-blue' });
    expect(stdout()).toBe('');
  });
});

describe('the log on a terminal', () => {
  test('indents groups, and sends warnings and errors to stderr', async () => {
    const { host, stdout, stderr } = await terminal({}, false);
    const end = host.log.group('deploy');
    host.log.info('one\ntwo');
    host.log.warning('late');
    end();
    end();
    host.log.info('three');
    host.fail('broken');
    expect(stdout()).toBe('deploy\n  one\n  two\nthree\n');
    expect(stderr()).toBe('  late\nbroken\n');
  });

  test('is coloured for people, and for nobody else', async () => {
    const colours = async (environment: Record<string, string>, isTTY: boolean) => {
      const { host, stderr } = await terminal(environment, isTTY);
      host.log.error('broken');
      return stderr();
    };
    expect(await colours({}, true)).toBe('\u001b[31mbroken\u001b[39m\n');
    expect(await colours({}, false)).toBe('broken\n');
    expect(await colours({ NO_COLOR: '1' }, true)).toBe('broken\n');
    expect(await colours({ TERM: 'dumb' }, true)).toBe('broken\n');
  });

  test('writes what is waited for over itself, within the width, and takes it away before the next line', async () => {
    const { host, stdout } = await terminal({ NO_COLOR: '1' }, true, 12);
    host.log.waiting('1/3 ready');
    host.log.waiting('2/3 ready, 1 pulling image');
    host.log.info('ready');
    host.log.info('done');
    expect(stdout()).toBe('\r\u001b[2K1/3 ready\r\u001b[2K2/3 ready,…\r\u001b[2Kready\ndone\n');
  });

  test('says it every ten seconds at most when it cannot write over itself', async () => {
    const { host, stdout, clock } = await terminal({}, false);
    host.log.waiting('1/3 ready');
    host.log.waiting('2/3 ready');
    clock.move(10_000);
    host.log.waiting('3/3 ready');
    expect(stdout()).toBe('1/3 ready\n3/3 ready\n');
  });

  test('masks secrets and keeps terminal sequences out', async () => {
    const { host, stdout } = await terminal({ CUTOVER_DEBUG: '1' }, false);
    host.mask('hunter2!');
    host.log.debug('hunter2! \u001b]0;title\u0007\u001b[2Jx');
    await host.output('live', 'hunter2!');
    expect(stdout()).toBe('*** x\noutput live: ***\n');
  });

  test('ends with the summary as text', async () => {
    const { host, stdout } = await terminal({}, false);
    await host.summary('## ✅ Done\n\n```sh\nkubectl get pods | wc\n```\n');
    expect(stdout()).toBe('\n✅ Done\n\n    kubectl get pods | wc\n\n');
  });
});

test('a terminal gives inputs by the command line, and tells its runs apart', async () => {
  const [one, other] = [await terminal({}, false), await terminal({}, false)];
  expect(one.host).toMatchObject({ id: 'terminal', inputs: { verb: 'plan', bake: '1m' }, state: undefined });
  expect(one.host.run.id).not.toBe(other.host.run.id);
  expect(one.host.run.actor).not.toBe('');
});
