/**
 * Marathon's stream of events, only to look sooner: nothing is read from it. It is cut at every change of the leader and
 * replays nothing, so whoever listens polls as well.
 */
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import axios from 'axios';
import { isLoopback } from '../../lib/http.js';
import type { Client } from './client.js';

/** What changes an app, its instances or a deployment. */
const TYPES = [
  'deployment_success',
  'deployment_failed',
  'deployment_step_success',
  'status_update_event',
  'instance_changed_event',
  'instance_health_changed_event',
  'health_status_changed_event',
];
const AGAIN_MS = 5_000;

export interface Listener {
  /** Calls `ring` after each event until the signal aborts. Never rejects: without a stream there is the poll. */
  listen(ring: () => void, signal: AbortSignal): Promise<void>;
}

export function listenerOf(client: Client, ca: string | undefined): Listener {
  return {
    async listen(ring, signal) {
      while (!signal.aborted) {
        try {
          await follow(client, ca, ring, signal);
        } catch (error) {
          if (!signal.aborted) client.debug(`The events of Marathon are not to be had: ${(error as Error).message}`);
        }
        await client.clock.sleep(AGAIN_MS, signal).catch(() => undefined); // it aborted, and so the loop ends
      }
    },
  };
}

async function follow(client: Client, ca: string | undefined, ring: () => void, signal: AbortSignal): Promise<void> {
  const query = TYPES.map(type => `event_type=${type}`).join('&');
  const url = `${client.base('marathon')}/v2/events?${query}`;
  let response = await open(client, ca, url, signal);
  const { location } = response.headers as { location?: string };
  // Another one than the leader points there, and expects who asks to say again who they are.
  if (response.status === 302 && location !== undefined && new URL(location, url).protocol === new URL(url).protocol) {
    response.data.destroy();
    response = await open(client, ca, new URL(location, url).href, signal);
  }
  if (response.status !== 200) {
    response.data.destroy();
    throw new Error(`the answer is ${response.status}`);
  }
  ring(); // whatever happened before the stream was open is not in it
  for await (const chunk of response.data) if (String(chunk).includes('event:')) ring();
}

async function open(client: Client, ca: string | undefined, url: string, signal: AbortSignal) {
  const authorization = await client.authorization.header(signal);
  return axios.request<Readable>({
    url,
    adapter: 'http',
    responseType: 'stream',
    headers: {
      Accept: 'text/event-stream',
      'User-Agent': 'cutover',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    maxRedirects: 0,
    validateStatus: () => true,
    signal,
    ...(isLoopback(url) ? { proxy: false as const } : {}),
    ...(ca === undefined ? {} : { httpsAgent: new https.Agent({ ca, keepAlive: false }) }),
  });
}
