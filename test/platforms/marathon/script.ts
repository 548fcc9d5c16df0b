/** A server that answers as a test says, with bodies as the real ones have them, and the platform pointed at it. */
import type { MarathonConfig } from '../../../src/config/marathon-schema.js';
import { marathonSchema } from '../../../src/config/marathon-schema.js';
import { request } from '../../../src/lib/http.js';
import { Client } from '../../../src/platforms/marathon/client.js';
import type { Context } from '../../../src/platforms/marathon/context.js';
import { authorizationOf } from '../../../src/platforms/marathon/credentials.js';
import type { Clock, PlatformSettings } from '../../../src/platforms/port.js';
import { hasty, type Script, type Seen, serveScript } from '../script.js';

export { hasty, type Reply, type Script, type Seen, soon } from '../script.js';

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly masked: readonly string[];
  readonly client: Client;
  readonly context: Context;
}

export async function scripted(script: Script, section: object = {}, clock: Clock = hasty): Promise<Scripted> {
  const seen: Seen[] = [];
  const server = await serveScript(script, seen);
  const { url } = server;
  const pointed = await pointedAt(url, section, clock);
  return { url, seen, ...pointed, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The platform's client pointed at a URL, whoever serves there. */
export async function pointedAt(
  url: string,
  section: object,
  clock: Clock = hasty,
): Promise<Pick<Scripted, 'client' | 'context' | 'masked'>> {
  const masked: string[] = [];
  const config: MarathonConfig = marathonSchema.parse({ url, ...section });
  const send = (wanted: Parameters<typeof request>[0]) => request(wanted);
  const authorization = await authorizationOf({
    section: config,
    workspace: import.meta.dirname,
    clock,
    mask: secret => masked.push(secret),
    send: wanted => send({ ...wanted, timeoutMs: 5_000 }),
  });
  const client = new Client({
    marathon: `${url}/service/marathon`,
    edgeLb: `${url}/service/edgelb`,
    authorization,
    clock,
    debug: () => undefined,
    send,
    requestTimeoutMs: 2_000,
  });
  const context: Context = {
    client,
    settings: { workspace: import.meta.dirname, clock } as unknown as PlatformSettings,
    section: config,
    events: { listen: async () => undefined },
    ask: wanted => request({ method: 'GET', ...wanted }),
  };
  return { client, context, masked };
}
