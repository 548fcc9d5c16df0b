import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { failuresOf, handover, Load } from './support/load.js';
import { Playground } from './support/playground.js';
import { ask } from './support/request.js';
import { say } from './support/say.js';

const clients = { fresh: 8, kept: 8 };

describe('live traffic through the real kube-proxy', () => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.create(Cluster.connect());
  });
  afterEach(() => playground.remove());

  test('a user loses no request while the selector is flipped six times', async () => {
    const url = await bothSlots('v1', 'v2');
    const load = new Load(url, clients);
    const switches: { to: string; sent: number; answered: number }[] = [];
    for (const to of ['green', 'blue', 'green', 'blue', 'green', 'blue']) {
      await pause(1000);
      const sent = performance.now();
      expect(await playground.flip(to)).toBe(200);
      switches.push({ to, sent, answered: performance.now() });
    }
    await pause(1000);
    const samples = await load.stop();

    for (const [index, { to, sent, answered }] of switches.entries()) {
      const end = switches[index + 1]?.sent ?? Number.POSITIVE_INFINITY;
      const during = samples.filter(({ at }) => at >= sent && at < end);
      const { firstNew, lastOld } = handover(during, answered, to === 'green' ? 'blue' : 'green', to);
      say(`flip to ${to}: patch ${Math.round(answered - sent)} ms, first new +${firstNew} ms, last old +${lastOld} ms`);
      expect(lastOld).toBeLessThan(900); // afterwards every fresh connection meets the new slot
    }
    say(`${samples.length} requests, failures: ${JSON.stringify(failuresOf(samples))}`);
    expect(failuresOf(samples)).toEqual({});
    expect(samples.length).toBeGreaterThan(5000);
  });

  test('a connection that is kept alive stays on the old slot', async () => {
    const url = await bothSlots('v1', 'v2');
    const load = new Load(url, { fresh: 1, kept: 2 });
    await pause(300);
    await playground.flip('green');
    await pause(1500);
    const late = (await load.stop()).slice(-60);
    expect(new Set(late.filter(({ connection }) => connection === 'kept').map(({ slot }) => slot))).toEqual(
      new Set(['blue']),
    );
    expect(new Set(late.filter(({ connection }) => connection === 'fresh').map(({ slot }) => slot))).toEqual(
      new Set(['green']),
    );
  });

  test('a user loses no request when a blue that drains well is taken away', async () => {
    const failures = await failuresWhenBlueGoes('v1');
    expect(failures).toEqual({});
  });

  test('a user does lose requests when a blue that closes abruptly is taken away: the test has teeth', async () => {
    const failures = await failuresWhenBlueGoes('v1-abrupt');
    expect(Object.keys(failures)).not.toEqual([]);
  });

  test('a service that selects nothing refuses its users, as on any node', async () => {
    await playground.deploy('blue', 'v1', 1);
    await playground.ready('blue');
    const url = await playground.serve('blue');
    await playground.flip('nowhere');
    const refused = await eventually('the service to refuse', 5, async () => {
      const outcome = await ask(url);
      return outcome.failure === undefined ? { not: outcome } : { found: outcome.failure };
    });
    expect(refused).toBe('ECONNREFUSED');
  });

  /** Deploys both slots and returns the URL of the service, which selects blue. */
  async function bothSlots(blue: string, green: string): Promise<string> {
    await playground.deploy('blue', blue);
    await playground.deploy('green', green);
    await playground.ready('blue');
    await playground.ready('green');
    return await playground.serve('blue');
  }

  /** Flips to green, and scales blue to zero while sixteen busy clients still have connections to it. */
  async function failuresWhenBlueGoes(version: string): Promise<Record<string, number>> {
    const url = await bothSlots(version, 'v2');
    const load = new Load(url, { fresh: 8, kept: 16, busy: true });
    await pause(500);
    await playground.flip('green');
    await pause(1500);
    await playground.scale('blue', 0);
    await eventually('the pods of blue to be gone', 40, async () => {
      const pods = await playground.pods('blue');
      return pods.length === 0 ? { found: true } : { not: pods.map(pod => pod.metadata?.name) };
    });
    await pause(300);
    const samples = await load.stop();
    say(`blue ${version} taken away: ${samples.length} requests, failures: ${JSON.stringify(failuresOf(samples))}`);
    expect(samples.at(-1)?.slot).toBe('green');
    return failuresOf(samples);
  }
});
