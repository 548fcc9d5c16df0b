import { describe, expect, test } from '@jest/globals';
import { startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { CLUSTER, NAMESPACE } from '../../src/rehearse/demo-shop.js';
import { type LoadCounts, startLoad } from '../../src/rehearse/load.js';

const green = CLUSTER.split('---')[2]?.replaceAll('shop-blue', 'shop-green') ?? '';

interface Hand {
  deployGreen(): Promise<void>;
  select(slot: string): Promise<void>;
}

/** The load of the demo while somebody releases by hand, in an order of their own. */
async function underLoad(release: (hand: Hand) => Promise<void>): Promise<LoadCounts> {
  await using platform = await startEmbeddedKubernetes({ timing: { readyAfter: 400 } });
  await platform.apply(CLUSTER);
  await platform.settled();
  const url = platform.serviceUrl(NAMESPACE, 'shop');
  const load = startLoad({ url, connections: 50, pauseMs: 20, slotHeader: 'x-app-slot', atMostMs: 20_000 });
  await release({
    deployGreen: () => platform.apply(green),
    select: async slot => {
      const answer = await fetch(`${platform.url}/api/v1/namespaces/${NAMESPACE}/services/shop`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${platform.token}`, 'content-type': 'application/json-patch+json' },
        body: JSON.stringify([{ op: 'replace', path: '/spec/selector', value: { 'cutover/slot': slot } }]),
      });
      expect(answer.status).toBe(200);
    },
  });
  await platform.settled();
  return await load.stop();
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

describe('the load of the demo has teeth: it sees', () => {
  test('nothing, when green is ready before the switch', async () => {
    const counts = await underLoad(async hand => {
      await hand.deployGreen();
      await pause(1_000);
      await hand.select('shop-green');
      await pause(300);
    });
    expect(counts).toMatchObject({ failed: 0, errors: [] });
    expect(counts.bySlot['shop-green']).toBeGreaterThan(0);
  });

  test('lost requests, when the switch comes before green is ready', async () => {
    const counts = await underLoad(async hand => {
      await hand.deployGreen();
      await hand.select('shop-green');
      await pause(300);
    });
    expect(counts.failed).toBeGreaterThan(0);
  });

  test('lost requests, when the selector matches nothing for a moment', async () => {
    const counts = await underLoad(async hand => {
      await hand.deployGreen();
      await pause(1_000);
      await hand.select('nobody');
      await pause(300);
      await hand.select('shop-green');
    });
    expect(counts.failed).toBeGreaterThan(0);
  });
});
