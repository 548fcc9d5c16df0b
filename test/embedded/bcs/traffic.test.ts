import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type EmbeddedBcsOptions, startEmbeddedBcs } from '../../../src/embedded/bcs/index.js';
import { Load } from '../load.js';
import { Client, deployment, service } from './support.js';

/** Blue is live, green is up. */
async function shop(options: EmbeddedBcsOptions) {
  const platform = await startEmbeddedBcs(options);
  await platform.seed({ deployments: [deployment('blue'), deployment('green')], services: [service('blue')] });
  return { platform, client: new Client(platform), [Symbol.asyncDispose]: () => platform.close() };
}

describe('users of the load balancer', () => {
  test('follow a selector at once where the export is clean, and lose nothing when blue goes afterwards', async () => {
    await using at = await shop({ exportBehaviour: 'clean' });
    const load = new Load(at.platform.liveUrl('defaultGroup', 'test'), { fresh: 2, pauseMs: 5 });
    await at.client.update('services', service('green'));
    await at.platform.settled();
    await at.client.remove('deployments', 'blue');
    await at.platform.settled();
    await pause(50);
    const { failed, bySlot } = await load.stop();
    expect(failed).toBe(0);
    expect([...bySlot.keys()].sort()).toEqual(['blue', 'green']);
  });

  test('find nobody for a while after a selector change where backends are reset', async () => {
    await using at = await shop({ exportBehaviour: 'resetting', timing: { second: 10 } });
    const load = new Load(at.platform.liveUrl('defaultGroup', 'test'), { fresh: 2, pauseMs: 5 });
    await at.client.update('services', service('green'));
    await at.platform.settled();
    const { failed, bySlot } = await load.stop();
    expect(failed).toBeGreaterThan(0);
    expect(bySlot.get('green')).toBeGreaterThan(0);
  });

  test('are sent to a blue that is gone by a procedure that does not wait for the load balancer', async () => {
    await using at = await shop({ exportBehaviour: 'clean', timing: { second: 50 } });
    const load = new Load(at.platform.liveUrl('defaultGroup', 'test'), { fresh: 2, pauseMs: 5 });
    await at.client.update('services', service('green'));
    for (const instance of at.platform.instances('defaultGroup', 'blue')) instance.kill();
    await at.platform.settled();
    expect((await load.stop()).failed).toBeGreaterThan(0);
  });

  test('get both colours from a selector that both carry', async () => {
    const both = { appname: 'shop' };
    await using platform = await startEmbeddedBcs();
    const shared = (name: string) => ({
      ...deployment(name),
      metadata: { ...deployment(name).metadata, labels: both },
    });
    await platform.seed({ deployments: [shared('blue'), shared('green')], services: [service('shop')] });
    const load = new Load(platform.liveUrl('defaultGroup', 'test'), { fresh: 2, pauseMs: 5 });
    await pause(200);
    expect([...(await load.stop()).bySlot.keys()].sort()).toEqual(['blue', 'green']);
  });

  test('reach an http port by its domain, and no http port without one', async () => {
    await using platform = await startEmbeddedBcs();
    const port = { name: 'test-port', protocol: 'HTTP', servicePort: 8080 };
    await platform.seed({ deployments: [deployment('blue')], services: [service('blue', { ports: [port] })] });
    expect(() => platform.liveUrl('defaultGroup', 'test')).toThrow(/no load balancer has a front/i);
    await new Client(platform).update('services', service('blue', { ports: [{ ...port, domainName: '127.0.0.1' }] }));
    await platform.settled();
    const answer = await fetch(platform.liveUrl('defaultGroup', 'test'));
    expect(answer.headers.get('x-app-slot')).toBe('blue');
  });
});
