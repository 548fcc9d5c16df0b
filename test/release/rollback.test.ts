import { describe, expect, test } from '@jest/globals';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';

const back = { verb: 'rollback', settings: { 'if-live': true } } as const;

/** Version 1 serves from blue; version 2 was deployed beside it and never switched to. */
const deployed = () =>
  new ModelPlatform().has('shop-blue', 4, '1').has('shop-green', 4, '2').serves('shop', 'shop-blue');

describe('a rollback that is asked for only if its version is live', () => {
  test('does nothing, and succeeds, for a version that never went live', async () => {
    const platform = deployed();
    const outcome = await runOn(platform, { ...back, version: '2' });
    expect(outcome).toMatchObject({ result: 'unchanged', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.notes.join()).toContain('Version 2 is not live');
    expect(platform.broken).toEqual([]);
  });

  test('does not take back an older release in the place of one that failed', async () => {
    const platform = deployed();
    const outcome = await runOn(platform, { ...back, version: '3' });
    expect(outcome).toMatchObject({ result: 'unchanged', targets: [{ live: 'shop-blue' }] });
  });

  test('takes back a version that is live', async () => {
    const outcome = await runOn(deployed(), { ...back, version: '1' });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green' }] });
  });
});
