import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DataPlane, InstanceProcess, type ProgramOptions } from '../../../src/embedded/dataplane/index.js';
import { sleep } from '../load.js';
import { COMPILED, PROGRAM } from '../program.js';

const shop = { app: 'shop', slot: 'shop-blue', version: 'v1', instance: 'shop-blue-0', gauge: { path: '/metrics' } };

async function start(options: Partial<ProgramOptions> = {}) {
  const plane = new DataPlane();
  const instance = await plane.startProcess(PROGRAM, { ...shop, ...options });
  return { plane, instance, [Symbol.asyncDispose]: () => plane.close() };
}

/** How an exchange ends, under way before something befalls the instance. */
async function underWay(instance: InstanceProcess, path: string): Promise<{ readonly end: Promise<string> }> {
  const end = fetch(`${instance.url}${path}`).then(
    async answer => `${answer.status} ${await answer.text()}`,
    () => 'lost',
  );
  while (instance.inFlight === 0) await sleep(5);
  return { end };
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (isAlive(pid) && performance.now() < deadline) await sleep(10);
  expect({ pid, isAlive: isAlive(pid) }).toEqual({ pid, isAlive: false });
}

describe('an instance in a process of its own', () => {
  test('answers as one in this process does, and can be changed while it runs', async () => {
    await using at = await start({ answers: { '/healthz': { status: 503 } }, ports: 2 });
    const { instance } = at;
    expect(instance.pid).not.toBe(process.pid);
    expect(new Set(instance.ports).size).toBe(2);
    const answer = await fetch(instance.url);
    expect([answer.status, answer.headers.get('x-app-instance')]).toEqual([200, 'shop-blue-0']);
    expect((await fetch(`${instance.url}/healthz`)).status).toBe(503);
    instance.answer('/healthz', undefined);
    instance.answerEverything({ status: 418 });
    await sleep(50);
    expect((await fetch(instance.url)).status).toBe(418);
    instance.answerEverything(undefined);
    await sleep(50);
    expect((await fetch(`${instance.url}/healthz`)).status).toBe(200);
    instance.fail();
    await sleep(50);
    expect((await fetch(instance.url)).status).toBe(500);
  });

  test('tells by its gauge what is pending, and what it has told is known here', async () => {
    await using at = await start({ answers: { '/work': { operationMs: 200 } } });
    const { instance } = at;
    const ask = async () => /operations (\d+)$/m.exec(await (await fetch(`${instance.url}/metrics`)).text())?.[1];
    await fetch(`${instance.url}/work`);
    expect(await ask()).toBe('1');
    await sleep(300);
    expect(await ask()).toBe('0');
    await sleep(50);
    expect(instance.gaugeReadings.map(({ pending }) => pending)).toEqual([1, 0]);
  });

  test('that gets SIGTERM finishes what it has, and is gone before its grace is over', async () => {
    await using at = await start({ answers: { '/slow': { delayMs: 300, body: 'done' } }, ending: { lingerMs: 20 } });
    const { instance } = at;
    const { end } = await underWay(instance, '/slow');
    await instance.terminate(20_000);
    expect(await end).toBe('200 done');
    expect([instance.state, instance.abandoned, isAlive(instance.pid)]).toEqual(['stopped', 0, false]);
  });

  test('that is not done when its grace is over gets SIGKILL, and what that destroyed is counted', async () => {
    await using at = await start({ answers: { '/slow': { delayMs: 60_000 } }, ending: { lingerMs: 20 } });
    const { instance } = at;
    const { end } = await underWay(instance, '/slow');
    await instance.terminate(200);
    expect(await end).toBe('lost');
    expect([instance.abandoned, isAlive(instance.pid)]).toEqual([1, false]);
  });

  test('that does not drain is ended by SIGTERM itself', async () => {
    await using at = await start({ answers: { '/slow': { delayMs: 60_000 } }, ending: { drains: false } });
    const { instance } = at;
    const { end } = await underWay(instance, '/slow');
    const begun = performance.now();
    await instance.terminate(30_000);
    expect(await end).toBe('lost');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test('that cannot be started says why', async () => {
    const broken = [process.execPath, '-e', 'throw new Error("no program here")'];
    await expect(InstanceProcess.start(broken, shop)).rejects.toThrow(/shop-blue-0 did not start: .*no program here/s);
    await expect(InstanceProcess.start(['/no/such/file'], shop)).rejects.toThrow(/ENOENT/);
  });
});

describe('no process is left behind', () => {
  test('by a data plane that is closed, even of instances that do not listen to SIGTERM', async () => {
    const plane = new DataPlane();
    const all = await Promise.all([1, 2, 3].map(() => plane.startProcess(PROGRAM, shop)));
    void all[0]?.terminate(60_000);
    await plane.close();
    expect(all.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
  });

  test('by whoever started it and is killed', async () => {
    const script = `
      import { DataPlane } from ${JSON.stringify(join(COMPILED, 'index.js'))};
      const { pid } = await new DataPlane().startProcess(${JSON.stringify(PROGRAM)}, ${JSON.stringify(shop)});
      console.log(pid);
      setInterval(() => {}, 1_000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await gone(pid);
  });
});
