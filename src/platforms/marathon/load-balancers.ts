/** What the load balancers of a pool really do: the rendered configuration, and the statistics of each of them. */

import { RequestFailed } from '../../lib/http.js';
import type { Context } from './context.js';

export interface RenderedServer {
  readonly name: string;
  /** `host:port`. */
  readonly address: string;
  /** Undefined: HAProxy's own, 1. */
  readonly weight: number | undefined;
}

/** The servers of a backend in a rendered haproxy.cfg; undefined when it has no such backend. */
export function serversIn(configuration: string, backend: string): readonly RenderedServer[] | undefined {
  const lines = configuration.split('\n');
  const start = lines.findIndex(line => /^backend\s+(\S+)/.exec(line)?.[1] === backend);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(line => /^\S/.test(line) && !line.startsWith('#'));
  return rest.slice(0, end < 0 ? undefined : end).flatMap(line => {
    const [, name, address] = /^\s+server\s+(\S+)\s+(\S+)/.exec(line) ?? [];
    const [, weight] = /\bweight\s+(\d+)\b/.exec(line) ?? [];
    return name && address ? [{ name, address, weight: weight === undefined ? undefined : Number(weight) }] : [];
  });
}

/** The configuration that Edge-LB made of a pool; undefined when it has made none yet. */
export function renderedConfiguration(
  { client }: Context,
  pool: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/v2/pools/${encodeURIComponent(pool)}/lbconfig`;
  return client.text('edge-lb', path, `read the rendered configuration of the pool ${pool}`, signal);
}

interface EndpointList {
  readonly port?: number;
  readonly private?: readonly string[];
  readonly public?: readonly string[];
}

interface Metadata {
  readonly frontends?: readonly { readonly name?: string; readonly endpoints?: readonly EndpointList[] }[];
  readonly stats?: readonly EndpointList[];
}

/** Where the load balancers of a pool are, as Edge-LB (1.4 and later) says; undefined before that. */
export function readMetadata({ client }: Context, pool: string, signal: AbortSignal): Promise<Metadata | undefined> {
  const path = `/v2/pools/${encodeURIComponent(pool)}/metadata`;
  return client.get<Metadata>('edge-lb', path, `ask where the load balancers of the pool ${pool} are`, signal);
}

/** The addresses of every load balancer's statistics: the configuration's own, or those that Edge-LB names. */
export async function statisticsOf(context: Context, pool: string, signal: AbortSignal): Promise<readonly string[]> {
  const given = context.section['load-balancers'];
  if (given.length > 0) return given;
  const metadata = await readMetadata(context, pool, signal);
  const found = (metadata?.stats ?? []).flatMap(({ port, private: inside = [], public: outside = [] }) =>
    (inside.length > 0 ? inside : outside).map(host => `http://${host}:${port ?? 9090}`),
  );
  return [...new Set(found)];
}

/** One row of HAProxy's statistics. */
export interface StatisticsRow {
  readonly proxy: string;
  readonly server: string;
  /** Such as `UP`, `UP 1/3`, `DOWN`, `MAINT (via x)`, `DRAIN`, `no check`. */
  readonly status: string;
  /** Requests and sessions that it has still to finish. */
  readonly sessions: number;
  readonly queued: number;
  readonly weight: number;
}

/** Whether HAProxy sends new requests to a server with this status. `NOLB` is up, and gets none. */
export function isUp(status: string): boolean {
  return /^(UP|no check)\b/.test(status);
}

/** Reads HAProxy's CSV by the names of its columns: versions add some (one is called `-`) and move others. */
export function readStatistics(text: string): readonly StatisticsRow[] {
  const [header = '', ...lines] = text.replace(/^#\s*/, '').split(/\r?\n/);
  const columns = header.split(',');
  const place = (name: string) => columns.indexOf(name);
  const [proxy, server, status] = [place('pxname'), place('svname'), place('status')];
  if (proxy < 0 || server < 0 || status < 0) throw new Error('it has no columns pxname, svname and status');
  const [sessions, queued, weight] = [place('scur'), place('qcur'), place('weight')];
  return lines
    .filter(line => line.trim() !== '')
    .map(fieldsOf)
    .filter(fields => !['FRONTEND', 'BACKEND'].includes(fields[server] ?? ''))
    .map(fields => ({
      proxy: fields[proxy] ?? '',
      server: fields[server] ?? '',
      status: fields[status] ?? '',
      sessions: Number(fields[sessions] ?? 0),
      queued: Number(fields[queued] ?? 0),
      weight: Number(fields[weight] ?? 0),
    }));
}

/** Fields that hold commas are quoted, and a quote in one is doubled. */
function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare = '']) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  );
}

const STATISTICS_MS = 5_000;

/** The statistics of one load balancer, or why they are not to be had. */
export async function askStatistics(
  { ask }: Context,
  url: string,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly StatisticsRow[] } | { readonly problem: string }> {
  try {
    const answer = await ask({ url: `${url}/haproxy?stats;csv`, timeoutMs: STATISTICS_MS, signal });
    if (answer.status !== 200) return { problem: `${url} answered ${answer.status}` };
    return { rows: readStatistics(answer.text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RequestFailed) return { problem: error.message.replace(/\.$/, '') };
    return { problem: `${url}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
