import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { call, jsonPatch, service, shopPath } from './support.js';

let platform: EmbeddedKubernetes;
beforeAll(async () => {
  platform = await startEmbeddedKubernetes();
  await platform.apply([service('blue')]);
});
afterEach(() => platform.faults.clear());
afterAll(() => platform.close());

const patch = (color: string) =>
  call(platform, 'PATCH', shopPath, {
    type: jsonPatch,
    body: [{ op: 'replace', path: '/spec/selector/color', value: color }],
  });
const color = () =>
  (platform.objects('Service', 'bg')[0] as unknown as { spec: { selector: { color: string } } }).spec.selector.color;

describe('a fault', () => {
  test('answers in place of the server, as often as it was told', async () => {
    const added = platform.faults.add({
      match: { method: 'GET', path: /services\/shop$/ },
      answer: { status: 429, body: { kind: 'Status', code: 429 }, headers: { 'retry-after': '1' } },
      times: 2,
    });
    const answers = [
      await call(platform, 'GET', shopPath),
      await call(platform, 'GET', shopPath),
      await call(platform, 'GET', shopPath),
    ];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('1');
    expect(added.hits).toBe(2);
  });

  test('can wait for the nth request, and says when it was never used', async () => {
    platform.faults.add({ match: { nth: 2 }, answer: { status: 500 } });
    expect((await call(platform, 'GET', shopPath)).status).toBe(200);
    expect(platform.faults.unused).toHaveLength(1);
    expect((await call(platform, 'GET', shopPath)).status).toBe(500);
    expect(platform.faults.unused).toHaveLength(0);
  });

  test('lose-answer: the write is done, the client does not learn of it', async () => {
    platform.faults.add({ match: { method: 'PATCH' }, answer: 'lose-answer' });
    await expect(patch('green')).rejects.toThrow();
    expect(color()).toBe('green');
  });

  test('reset: nothing is done', async () => {
    platform.faults.add({ match: { method: 'PATCH' }, answer: 'reset' });
    await expect(patch('red')).rejects.toThrow();
    expect(color()).toBe('green');
  });

  test('truncate: the write is done, half of the answer arrives', async () => {
    platform.faults.add({ match: { method: 'PATCH' }, answer: 'truncate' });
    await expect(patch('blue')).rejects.toThrow();
    expect(color()).toBe('blue');
  });

  test('html: a page of somebody in between', async () => {
    platform.faults.add({ answer: 'html' });
    const answer = await call(platform, 'GET', shopPath);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  test('hang: no answer; delayMs: the right one, later', async () => {
    platform.faults.add({ answer: 'hang' });
    const signal = AbortSignal.timeout(80);
    await expect(fetch(`${platform.url}/version`, { signal })).rejects.toThrow();
    platform.faults.add({ answer: { delayMs: 60 } });
    const start = performance.now();
    expect((await call(platform, 'GET', shopPath)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(50);
  });
});
