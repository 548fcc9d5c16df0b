/** What an app said last: kept by log-cache for a while. */
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
}

/** The newest first. None where there is no log-cache, or it may not be read: it says 404 then. */
export async function readEnvelopes(
  foundation: Foundation,
  { guid, name }: Pick<App, 'guid' | 'name'>,
  query: string,
  signal: AbortSignal,
): Promise<readonly Envelope[] | undefined> {
  const address = (await foundation.root(signal)).links.log_cache?.href;
  if (address === undefined) return undefined;
  const path = `${address.replace(/\/+$/, '')}/api/v1/read/${guid}?descending=true&${query}`;
  try {
    const read = await foundation.client.get<{ envelopes?: { batch?: readonly Envelope[] } }>(
      path,
      `read the logs of ${name}`,
      signal,
    );
    return read?.envelopes?.batch;
  } catch (error) {
    signal.throwIfAborted();
    // What is only there to explain does not fail anything.
    if (!hasCode(error, 'NOT_JSON', 'GONE', 'UNREACHABLE', 'SERVER_ERROR', 'UNAUTHORIZED', 'FORBIDDEN')) throw error;
    foundation.client.debug(`The logs of ${name} are not known: ${error.message}`);
    return undefined;
  }
}

/** The last lines that the app wrote, oldest first. */
export async function recentLogs(
  foundation: Foundation,
  app: Pick<App, 'guid' | 'name'>,
  lines: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = (await readEnvelopes(foundation, app, `envelope_types=LOG&limit=${lines}`, signal)) ?? [];
  return found.toReversed().flatMap(({ log, tags = {}, instance_id: instance = '' }) => {
    const text = plain(Buffer.from(log?.payload ?? '', 'base64').toString('utf8'), 300);
    return text === '' ? [] : [`[${tags.source_type ?? 'APP'}/${instance}] ${text}`];
  });
}
