import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { listenerOf } from '../../../src/platforms/marathon/events.js';
import { pointedAt, type Scripted, scripted } from './script.js';

const EVENT = 'event: status_update_event\ndata: {"eventType":"status_update_event"}\n\n';

/** A leader with a stream of its own: one event, and then the stream is cut. */
async function leader() {
  const asked: (string | undefined)[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(EVENT);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/events`;
  return { url, asked, [Symbol.asyncDispose]: async () => void server.close() };
}

/** Listens until it has rung so many times, or does not in time. */
async function rings(server: Pick<Scripted, 'client'>, wanted: number): Promise<number> {
  const stop = new AbortController();
  let rung = 0;
  const listening = listenerOf(server.client, undefined).listen(() => {
    rung += 1;
  }, stop.signal);
  for (let turn = 0; turn < 200 && rung < wanted; turn++) await pause(10);
  stop.abort();
  await listening;
  return rung;
}

describe('the events of Marathon', () => {
  test('wake whoever waits, and a stream that is cut is opened again', async () => {
    await using server = await scripted(() => ({ text: EVENT, type: 'text/event-stream' }), {
      credentials: { token: 'a-token' },
    });
    expect(await rings(server, 4)).toBeGreaterThanOrEqual(4);
    expect(server.seen[0]).toMatchObject({ authorization: 'token=a-token' });
    expect(server.seen[0]?.path).toContain('event_type=status_update_event');
  });

  test('come from the leader, to whom we say again who we are', async () => {
    await using other = await leader();
    const redirect = { status: 302, text: '', headers: { location: other.url } };
    await using server = await scripted(() => redirect, { credentials: { token: 'a-token' } });
    expect(await rings(server, 2)).toBeGreaterThanOrEqual(2);
    expect(other.asked[0]).toBe('token=a-token');
  });

  test('that are not to be had are no failure: polling goes on', async () => {
    await using server = await scripted(() => ({ status: 405, text: '<html>405</html>', type: 'text/html' }));
    expect(await rings(server, 1)).toBe(0);
    const { client } = await pointedAt('http://127.0.0.1:9', {});
    expect(await rings({ client }, 1)).toBe(0);
  });
});
