import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MarathonContext } from '../context.js';
import type { Leadership } from '../leadership.js';
import { jettyError } from '../leadership.js';
import type { Reply } from './exchange.js';

/**
 * Streams events (`text/event-stream`) until the client goes or the leader changes: without ids, and without what was before.
 *
 * @returns a refusal instead: 405 for a client that does not accept the type
 */
export function streamEvents(
  { events }: MarathonContext,
  leadership: Leadership,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Reply | undefined {
  if (!(request.headers.accept ?? '').includes('text/event-stream')) {
    return jettyError(405, '/v2/events', 'HTTP method GET is not supported by this URL');
  }
  const types = new Set(query.getAll('event_type'));
  response.setHeader('content-type', 'text/event-stream;charset=utf-8').setHeader('cache-control', 'no-cache');
  const write = (event: { readonly eventType: string }) => {
    if (types.size > 0 && !types.has(event.eventType)) return;
    response.write(`event: ${event.eventType}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
  };
  const remoteAddress = request.socket.remoteAddress ?? '';
  const stopListening = events.listen(write);
  const forget = leadership.addStream(() => response.end());
  response.once('close', () => {
    stopListening();
    forget();
    events.emit('event_stream_detached', { remoteAddress });
  });
  response.flushHeaders();
  events.emit('event_stream_attached', { remoteAddress });
  return undefined;
}
