/** What log-cache keeps of an app for a while: what it said, and what was measured of it. */
import { plain } from '../../lib/inert.js';
import { hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import type { App, Texts } from './objects.js';

export interface Envelope {
  /** Nanoseconds since the epoch: text or number, as the server's release has it. */
  readonly timestamp: string | number;
  readonly instance_id?: string;
  readonly tags?: Texts;
  readonly log?: { readonly payload?: string; readonly type?: string };
  /** Nanoseconds since the epoch. */
  readonly timer?: { readonly name?: string; readonly start: string | number; readonly stop: string | number };
  readonly gauge?: { readonly metrics?: Readonly<Record<string, { readonly value?: string | number }>> };
}

/** The newest first, or why there are none. Throws what Cloud Foundry says. */
export async function readBatch(
  foundation: Foundation,
  { guid, name }: Pick<App, 'guid' | 'name'>,
  query: string,
  signal: AbortSignal,
): Promise<readonly Envelope[] | { readonly problem: string }> {
  const address = (await foundation.root(signal)).links.log_cache?.href;
  if (address === undefined) return { problem: 'this foundation has no log-cache' };
  const path = `${address.replace(/\/+$/, '')}/api/v1/read/${guid}?descending=true&${query}`;
  const what = `read what log-cache has of ${name}`;
  const read = await foundation.client.get<{ envelopes?: { batch?: readonly Envelope[] } }>(path, what, signal);
  // Who may not read is told that there is nothing.
  return read ? (read.envelopes?.batch ?? []) : { problem: `log-cache shows nothing of ${name} to this user` };
}

/** The same for what is only there to explain, which fails nothing: none where it cannot be read. */
async function readQuietly(
  foundation: Foundation,
  app: Pick<App, 'guid' | 'name'>,
  query: string,
  signal: AbortSignal,
): Promise<readonly Envelope[]> {
  try {
    const read = await readBatch(foundation, app, query, signal);
    return 'problem' in read ? [] : read;
  } catch (error) {
    signal.throwIfAborted();
    if (!hasCode(error, 'NOT_JSON', 'GONE', 'UNREACHABLE', 'SERVER_ERROR', 'UNAUTHORIZED', 'FORBIDDEN')) throw error;
    foundation.client.debug(`The logs of ${app.name} are not known: ${error.message}`);
    return [];
  }
}

/** The last lines that the app wrote, oldest first. */
export async function recentLogs(
  foundation: Foundation,
  app: Pick<App, 'guid' | 'name'>,
  lines: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await readQuietly(foundation, app, `envelope_types=LOG&limit=${lines}`, signal);
  return found.toReversed().flatMap(({ log, tags = {}, instance_id: instance = '' }) => {
    const text = plain(Buffer.from(log?.payload ?? '', 'base64').toString('utf8'), 300);
    return text === '' ? [] : [`[${tags.source_type ?? 'APP'}/${instance}] ${text}`];
  });
}
