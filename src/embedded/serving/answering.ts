/** What a server in a box writes: its answer, or what a fault makes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultAnswer } from './faults.js';
import { html, json, type Reply, text } from './reply.js';

/** @returns whether the fault has taken the place of the answer */
export async function misbehave(
  fault: FaultAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (fault === 'truncate' || fault === 'lose-answer') return false;
  if (typeof fault === 'object' && 'delayMs' in fault) {
    await new Promise(resolve => setTimeout(resolve, fault.delayMs));
    return false;
  }
  // Whoever waits for an answer has to be let finish.
  request.resume();
  if (fault === 'hang') return true;
  if (fault === 'reset') request.socket.resetAndDestroy();
  else if (fault === 'html') write(response, html(200, 'Sign in'));
  else {
    const { body, headers, status } = fault;
    const reply = typeof body === 'string' ? text(status, body) : json(status, body ?? {});
    write(response, { ...reply, headers: { ...reply.headers, ...headers } });
  }
  return true;
}

/** Writes an answer, or as much of it as the fault lets through. */
export function write(response: ServerResponse, { status, headers, body }: Reply, fault?: FaultAnswer): void {
  if (fault === 'lose-answer') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }) });
  if (fault !== 'truncate') {
    response.end(body);
    return;
  }
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}
