import { describe, expect, test } from '@jest/globals';
import { expectOnlyBlue, startShop } from './shop.js';

/** A release that is refused before anything is written, and what it says. */
async function refusal(options: Parameters<typeof startShop>[0], settings: Record<string, unknown> = {}) {
  await using shop = await startShop(options);
  const run = await shop.run(settings);
  expect(run.outcome.result).toMatch(/^(refused|invalid)$/);
  expectOnlyBlue(shop, options?.instances ?? 2);
  return `${run.outcome.failures.map(({ code, message }) => `${code}: ${message}`).join(' ')}`;
}

describe('what marathon-lb has no safe way for is refused, and nothing is written', () => {
  test('a switch of all at once', async () => {
    expect(await refusal({}, { strategy: 'cutover' })).toMatch(/STEPS_IMPOSSIBLE.*strategy: stepwise alone/);
  });

  test('a blue of another size than its label says', async () => {
    const blueLabels = { HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '5' };
    expect(await refusal({ blueLabels })).toMatch(/has 2 instances, and its label .* says 5/);
  });

  test('a blue that is not in the deployment group', async () => {
    const blueLabels = { HAPROXY_DEPLOYMENT_GROUP: 'market' };
    expect(await refusal({ blueLabels })).toMatch(/not in the deployment group shop/);
  });

  test('an app without health checks', async () => {
    expect(await refusal({ app: { healthChecks: [] } })).toMatch(/Without healthChecks/);
  });

  test('a load balancer that cannot be asked', async () => {
    const unseen = { marathon: { 'load-balancers': ['http://127.0.0.1:1'] } };
    expect(await refusal({}, unseen)).toMatch(/A load balancer cannot be asked/);
  });
});

test('no load balancer at all is a mistake of the configuration, and said before anything is asked', async () => {
  await using shop = await startShop();
  await expect(shop.run({ marathon: { 'load-balancers': [] } })).rejects.toMatchObject({
    code: 'MARATHON_SETTINGS',
    message: expect.stringContaining('load-balancers is empty'),
  });
});
