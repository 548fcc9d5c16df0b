import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { call, mergePatch, service, shopPath } from './support.js';

interface Event {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly reason?: string;
    readonly metadata: { readonly name?: string; readonly resourceVersion: string; readonly annotations?: object };
  };
}

let platform: EmbeddedKubernetes;
beforeAll(async () => {
  platform = await startEmbeddedKubernetes({ timing: { bookmark: 60 } });
  await platform.apply([service('blue')]);
  await platform.settled();
});
afterAll(() => platform.close());

/** Reads a watch until it has so many events, doing something once the first answer bytes are there. */
async function watch(query: string, count: number, meanwhile?: () => Promise<unknown>): Promise<Event[]> {
  const abort = new AbortController();
  const response = await fetch(`${platform.url}/api/v1/namespaces/bg/services?watch=true&${query}`, {
    headers: { authorization: `Bearer ${platform.token}` },
    signal: abort.signal,
  });
  await meanwhile?.();
  const events: Event[] = [];
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    events.push(...lines.map(line => JSON.parse(line) as Event));
    if (events.length >= count) break;
  }
  abort.abort();
  return events;
}

const label = (value: string | null) =>
  call(platform, 'PATCH', shopPath, { type: mergePatch, body: { metadata: { labels: { watched: value } } } });

describe('a watch', () => {
  test('from a resourceVersion shows every change after it, those of before its start included', async () => {
    const { body } = await call(platform, 'GET', '/api/v1/namespaces/bg/services');
    await label('a');
    const events = await watch(`resourceVersion=${body.metadata.resourceVersion}`, 2, () => label('b'));
    expect(events.map(({ type }) => type)).toEqual(['MODIFIED', 'MODIFIED']);
    expect(Number(events[1]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion));
  });

  test('with a selector shows what begins to match as added and what stops as deleted', async () => {
    await label(null);
    const events = await watch('labelSelector=watched', 2, async () => {
      await label('now');
      await label(null);
    });
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });

  test('sends bookmarks where asked, and marks the end of the initial events', async () => {
    const bookmarks = await watch('resourceVersion=0&allowWatchBookmarks=true', 2);
    expect(bookmarks.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=';
    const [added, end] = await watch(query, 2);
    expect([added?.type, end?.object.metadata.annotations]).toEqual(['ADDED', { 'k8s.io/initial-events-end': 'true' }]);
  });

  test('from a forgotten resourceVersion gets one ERROR event, Expired', async () => {
    const { body } = await call(platform, 'GET', '/api/v1/namespaces/bg/services');
    await label('c');
    platform.compact();
    const events = await watch(`resourceVersion=${body.metadata.resourceVersion}`, 1);
    expect(events.map(({ type, object }) => [type, object.reason])).toEqual([['ERROR', 'Expired']]);
  });

  test('ends at its timeout', async () => {
    const start = performance.now();
    const events = await watch('timeoutSeconds=1', 99);
    expect(events.map(({ type }) => type)).toEqual(['ADDED']);
    expect(performance.now() - start).toBeGreaterThan(900);
  });
});
