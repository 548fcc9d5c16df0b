import { describe, expect, test } from '@jest/globals';
import { countPending } from '../../src/checks/pending.js';
import { configSchema, type TargetConfig } from '../../src/config/schema.js';
import type { InstanceAnswer, Platform } from '../../src/platforms/port.js';
import { serve } from '../lib/serve.js';
import { toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');
const blue = { slot: 'shop-blue', version: 'v1' };
const target = { name: 'shop' } as TargetConfig;

/** A platform of which two calls are asked. */
const platformOf = (answers: readonly InstanceAnswer[], pending?: Platform['pending']) =>
  ({ ask: async () => answers, ...(pending ? { pending } : {}) }) as unknown as Platform;

/** The configuration of the drain, with all defaults. */
const drainOf = (drain: object) =>
  configSchema.parse({
    version: '2',
    targets: [{ name: 'shop', slots: { blue: 'shop-blue', green: 'shop-green' }, routes: ['service/shop'] }],
    drain,
  }).drain;

const count = (platform: Platform, drain: object) => countPending(platform, target, blue, drainOf(drain), tools, never);

describe('the work of blue is counted', () => {
  test('by each instance of itself; one that did not answer is not known', async () => {
    const answers = [
      { instance: 'a', life: '1', answer: { text: 'pending_operations 0' } },
      { instance: 'b', life: '2', answer: { problem: 'it is away' } },
    ];
    const gauge = { path: '/metrics', name: 'pending_operations' };
    expect(await count(platformOf(answers), { gauge })).toEqual([
      { instance: 'a', life: '1', operations: { value: 0 } },
      { instance: 'b', life: '2', operations: { problem: 'it is away' } },
    ]);
  });

  test.each<[string, unknown, object]>([
    ['a number', [{ value: [0, '7'] }], { value: 7 }],
    ['no data', [], { problem: 'it has no data' }],
    ['NaN', [{ value: [0, 'NaN'] }], { problem: 'its result is NaN' }],
    ['less than nothing', [{ value: [0, '-1'] }], { problem: 'its result is -1' }],
  ])('by Prometheus, with the names of blue: %s (P14)', async (_name, result, operations) => {
    const asked: string[] = [];
    await using server = await serve(async (question, answer) => {
      for await (const part of question) asked.push(new URLSearchParams(String(part)).get('query') ?? '');
      answer.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
    const prometheus = { url: server.url, query: 'sum(jobs{slot="{{slot}}",version="{{version}}"})' };
    expect(await count(platformOf([]), { prometheus })).toEqual([
      { by: 'prometheus', instance: 'shop-blue', life: '', operations },
    ]);
    expect(asked).toEqual(['sum(jobs{slot="shop-blue",version="v1"})']);
  });

  test('by Prometheus, and is not known when that does not answer (P14)', async () => {
    const prometheus = { url: 'http://127.0.0.1:9', query: 'jobs' };
    const [counted] = await count(platformOf([]), { prometheus });
    expect(counted?.operations).toEqual({ problem: expect.stringContaining('the connection was refused') });
  });

  test('by the load balancer of the platform, where it has a count', async () => {
    const platform = platformOf([], async (_target, slot) => ({ value: slot === 'shop-blue' ? 3 : 0 }));
    expect(await count(platform, { connections: true })).toMatchObject([{ by: 'platform', operations: { value: 3 } }]);
    expect(await count(platformOf([]), { connections: true })).toMatchObject([
      { by: 'platform', operations: { problem: 'it does not count connections' } },
    ]);
  });

  test('in every way that was asked for, and in no other', async () => {
    const answers = [{ instance: 'a', life: '1', answer: { text: '{"n":1}' } }];
    const platform = platformOf(answers, async () => ({ value: 0 }));
    const both = await count(platform, { gauge: { path: '/', json: 'n' }, connections: true });
    expect(both.map(({ operations }) => operations)).toEqual([{ value: 1 }, { value: 0 }]);
    expect(await count(platform, {})).toEqual([]);
  });
});
