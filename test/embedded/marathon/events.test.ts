import { expect, test } from '@jest/globals';
import type { EmbeddedMarathon, MarathonEvent } from '../../../src/embedded/marathon/index.js';
import { app, call, marathon, startWith, until } from './support.js';

/** Attaches to the stream of events and gathers what comes until it ends. */
async function attach(at: EmbeddedMarathon, query = '') {
  const headers = { accept: 'text/event-stream', authorization: `token=${at.token()}` };
  const response = await fetch(`${at.url}/service/marathon/v2/events${query}`, { headers, redirect: 'manual' });
  const events: MarathonEvent[] = [];
  let text = '';
  const ended = (async () => {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      const frames = text.split('\r\n\r\n');
      text = frames.pop() ?? '';
      for (const frame of frames) events.push(JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? ''));
    }
  })();
  return { response, events, ended, types: () => events.map(({ eventType }) => eventType) };
}

test('the stream is refused with 405 and a page to a client that does not accept it', async () => {
  await using at = await startWith([]);
  const { headers, status, text } = await call(at, 'GET', '/service/marathon/v2/events');
  expect([status, headers.get('content-type')]).toEqual([405, 'text/html']);
  expect(text).toContain('HTTP method GET is not supported by this URL');
});

test('a deployment is told from its beginning to its success, and each task on its way', async () => {
  await using at = await startWith([]);
  const stream = await attach(at);
  await marathon(at, 'POST', '/v2/apps', app('/svc-blue'));
  await until('the deployment is told to be done', () => stream.types().includes('deployment_success'));
  const wanted = ['event_stream_attached', 'deployment_info', 'status_update_event', 'instance_health_changed_event'];
  expect(stream.types()).toEqual(expect.arrayContaining([...wanted, 'deployment_step_success', 'deployment_success']));
  const states = stream.events.flatMap(({ eventType, taskStatus }) =>
    eventType === 'status_update_event' ? [taskStatus] : [],
  );
  expect(states).toEqual(['TASK_STAGING', 'TASK_RUNNING']);
});

test('only the types that were asked for are told', async () => {
  await using at = await startWith([]);
  const stream = await attach(at, '?event_type=deployment_success&event_type=deployment_failed');
  await marathon(at, 'POST', '/v2/apps', app('/svc-blue'));
  await until('the deployment is told to be done', () => stream.types().length > 0);
  expect(new Set(stream.types())).toEqual(new Set(['deployment_success']));
});

test('every stream ends when the leader changes, and what happens in between is never told', async () => {
  await using at = await startWith([]);
  const before = await attach(at);
  expect((await marathon(at, 'DELETE', '/v2/leader')).body).toEqual({ message: 'Leadership abdicated' });
  await before.ended;
  await marathon(at, 'POST', '/v2/apps', app('/svc-blue'));
  await at.settled();
  const after = await attach(at);
  await until('the stream is there', () => after.events.length > 0);
  expect(after.types()).toEqual(['event_stream_attached']);
});

test('a node that does not lead sends the client to the leader, which asks again who it is', async () => {
  await using at = await startWith([]);
  at.gateway.asksForPassword = true;
  at.leadership.change('elsewhere');
  const { response } = await attach(at, '?event_type=deployment_success');
  const location = response.headers.get('location') ?? '';
  expect([response.status, location]).toEqual([
    302,
    `${at.leadership.leaderUrl}/v2/events?event_type=deployment_success`,
  ]);
  const accept = 'text/event-stream';
  expect((await fetch(location, { headers: { accept } })).status).toBe(401);
  const known = await fetch(location, { headers: { accept, authorization: `token=${at.token()}` } });
  expect(known.status).toBe(200);
  await known.body?.cancel();
});
