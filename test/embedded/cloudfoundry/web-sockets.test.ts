import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { openFoundation, ROUTE } from './support.js';

const open: WebSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

async function connect(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  open.push(socket);
  await once(socket, 'open');
  return socket;
}

/** Who says it back. */
async function answerer(socket: WebSocket): Promise<string> {
  socket.send('hello');
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data)).slot;
}

/** The status, and the router's own error, of a WebSocket that is refused. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const [request, answer] = await once(socket, 'unexpected-response');
  request.destroy();
  return { status: answer.statusCode, error: answer.headers['x-cf-routererror'] };
}

test('a WebSocket stays with its instance when that is unmapped, and is told goodbye when it stops', async () => {
  await using at = await openFoundation();
  const url = await at.platform.liveUrl(ROUTE);
  const socket = await connect(url);
  await at.cf.map('myapp-green');
  await at.cf.unmap('myapp');
  await at.platform.settled();
  expect(await answerer(socket)).toBe('myapp');
  expect(await answerer(await connect(url))).toBe('myapp-green');
  const closed = once(socket, 'close');
  await at.cf.post(`/v3/apps/${await at.cf.app('myapp')}/actions/stop`);
  expect((await closed)[0]).toBe(1001);
});

test('a program that ends at once says no goodbye', async () => {
  await using at = await openFoundation({ behaviour: () => ({ drains: false }) });
  const closed = once(await connect(await at.platform.liveUrl(ROUTE)), 'close');
  await at.cf.post(`/v3/apps/${await at.cf.app('myapp')}/actions/stop`);
  expect((await closed)[0]).toBe(1006);
});

test('a router refuses a WebSocket as it does a request, and passes over an instance that refuses it', async () => {
  await using at = await openFoundation();
  const url = await at.platform.liveUrl(ROUTE);
  const green = await at.cf.app('myapp-green');
  expect(await refusal(await at.platform.liveUrl('nobody.example.test'))).toEqual({
    status: 404,
    error: 'unknown_route',
  });
  expect(await refusal(url, { 'X-Cf-App-Instance': `${green}:0` })).toEqual({ status: 400, error: 'unknown_route' });
  at.platform.lost.unmaps = 10;
  const [first, second] = at.platform.instances('myapp');
  first?.die();
  for (let turn = 0; turn < 4; turn++) expect(await answerer(await connect(url))).toBe('myapp');
  second?.die();
  expect(await refusal(url)).toEqual({ status: 502, error: 'endpoint_failure (dial tcp: connection refused)' });
});
