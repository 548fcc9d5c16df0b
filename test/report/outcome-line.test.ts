import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/release/model.js';
import { outcomeLine, signOf } from '../../src/report/outcome-line.js';
import { invalid, rolledBack, shop, step, succeeded } from './outcomes.js';

const cart = { ...shop, target: 'cart', live: 'cart-b', previous: 'cart-a', previousVersion: undefined };
const blueLive = { ...shop, live: 'shop-blue', liveVersion: 'v1', switchedAt: undefined };

describe('one sentence says how a run ended', () => {
  const cases: [string, Outcome, string][] = [
    ['a release', succeeded, 'shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.'],
    [
      'the first release',
      { ...succeeded, targets: [{ ...shop, previous: undefined }] },
      'shop: shop-green (v2) is live, for the first time, after 1 min 20 s.',
    ],
    [
      'two targets',
      { ...succeeded, targets: [shop, cart] },
      'shop: shop-green (v2) is live instead of shop-blue (v1); cart: cart-b (v2) is live instead of cart-a, after 1 min 20 s.',
    ],
    [
      'many targets',
      { ...succeeded, targets: Array(40).fill(shop) },
      'Version v2 is live on 40 targets, after 1 min 20 s.',
    ],
    [
      'a dry run',
      { ...succeeded, targets: [blueLive], steps: [step('inspect')] },
      'Version v2 on shop was planned: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'a dry run of a rollback',
      { ...succeeded, verb: 'rollback', isPlanned: true, targets: [blueLive] },
      'The rollback of shop was planned: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'a dry run of an abort',
      { ...succeeded, verb: 'abort', isPlanned: true, targets: [blueLive] },
      'The abort of shop was planned: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'a plan',
      { ...succeeded, verb: 'plan', targets: [blueLive] },
      'Version v2 on shop was planned: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'a run that found its work done',
      { ...succeeded, targets: [{ ...shop, switchedAt: undefined }] },
      'Version v2 on shop is released; an earlier run had switched to it. Live now: shop-green (v2).',
    ],
    [
      'a deployment',
      { ...succeeded, verb: 'deploy', targets: [blueLive] },
      'Version v2 is deployed on shop and passed its checks. Live now: shop-blue (v1).',
    ],
    [
      'a teardown',
      { ...succeeded, verb: 'teardown' },
      'What was live before on shop is taken away. Live now: shop-green (v2).',
    ],
    [
      'the same version again',
      { ...succeeded, result: 'unchanged' },
      'Version v2 is live already on shop: nothing was written.',
    ],
    [
      'a teardown with nothing left to take away',
      { ...succeeded, result: 'unchanged', verb: 'teardown' },
      'What was live before on shop is taken away already: nothing was written. Live now: shop-green (v2).',
    ],
    [
      'a rollback of what is not live',
      { ...succeeded, result: 'unchanged', verb: 'rollback', targets: [blueLive] },
      'There was nothing to roll back on shop: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'an abort with no unfinished run',
      { ...succeeded, result: 'unchanged', verb: 'abort', targets: [blueLive] },
      'There was nothing to abort on shop: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'the same after a job',
      { ...succeeded, result: 'unchanged', verb: 'abort-if-unfinished', targets: [blueLive] },
      'There was nothing to abort on shop: nothing was written. Live now: shop-blue (v1).',
    ],
    [
      'an abort of an unfinished run',
      { ...rolledBack, result: 'cancelled', verb: 'abort', failures: [] },
      'The unfinished run was ended on shop. Live now: shop-blue (v1).',
    ],
    [
      'a rollback that was itself taken back',
      { ...rolledBack, verb: 'rollback' },
      'The rollback of shop was undone at bake. Live now: shop-blue (v1).',
    ],
    ['mistakes in the inputs', invalid, 'The configuration has mistakes: nothing was contacted or written.'],
    [
      'a refusal',
      { ...rolledBack, result: 'refused', failures: [] },
      'The release of shop, version v2, was refused: this run moved no live traffic. Live now: shop-blue (v1).',
    ],
    [
      'a failure before the switch',
      {
        ...rolledBack,
        result: 'failed',
        failures: rolledBack.failures.map(one => ({ ...one, step: 'ready' as const })),
      },
      'The release of shop, version v2, failed at ready: live traffic is as it was. Live now: shop-blue (v1).',
    ],
    [
      'a rollback by itself',
      rolledBack,
      'The release of shop, version v2, was rolled back at bake. Live now: shop-blue (v1).',
    ],
    [
      'a rollback that failed',
      { ...rolledBack, result: 'rollback-failed' },
      'A person is needed now: the release of shop, version v2, failed at bake and could not be rolled back. Live now: shop-blue (v1).',
    ],
    [
      'a teardown that is not finished',
      { ...rolledBack, result: 'degraded', targets: [shop, cart] },
      'The release of shop, version v2, is not finished at bake. Live now: shop-green (v2) for shop, cart-b (v2) for cart.',
    ],
    [
      'a cancelled rollback',
      { ...rolledBack, result: 'cancelled', verb: 'rollback', targets: [{ ...shop, live: undefined }] },
      'The rollback of shop was cancelled at bake. Live now: nothing that is known.',
    ],
    [
      'a failure before anything was read',
      { ...invalid, result: 'failed' },
      'The release failed: live traffic is as it was.',
    ],
    [
      'a gate',
      { ...succeeded, result: 'waiting', targets: [blueLive] },
      'Version v2 waits for a decision. Live now: shop-blue (v1).',
    ],
  ];
  test.each(cases)('%s', (_name, outcome, line) => {
    expect(outcomeLine(outcome)).toBe(line);
  });

  test('on one line, whatever a version holds', () => {
    const line = outcomeLine({ ...succeeded, result: 'unchanged', version: `v2\n::error::${'x'.repeat(5_000)}` });
    expect(line).toMatch(/^Version v2 ::error::x+… is live already on shop: nothing was written\.$/);
  });
});

test('each result has a sign of its own kind', () => {
  expect(['succeeded', 'failed', 'rollback-failed'].map(result => signOf(result as Outcome['result']))).toEqual([
    '✅',
    '❌',
    '🚨',
  ]);
});
