/** Asks a Prometheus server; see "HTTP API" in its documentation. Whatever is no finite number is a problem (P14). */
import type { PrometheusServerConfig } from '../config/schema.js';
import { RequestFailed, request } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import { count, formatDuration } from '../lib/units.js';
import { filled } from './captures.js';
import { authorization, readTls } from './credentials.js';

/** A number, or why there is none, as a sentence's end. */
export type Reading = { readonly value: number } | { readonly problem: string };

/** The values of a range, oldest first, or why there are none. */
export type Series = { readonly values: readonly number[] } | { readonly problem: string };

/** A stretch of time, and the time between two of its points; milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Whom a query is about. */
export interface Named {
  readonly slot: string | undefined;
  readonly version: string | undefined;
}

/** Puts names into a query. They stand in quotes of PromQL: whatever would end those is taken out of its effect. */
export function queryFor(query: string, { slot, version }: Named): string {
  const inQuotes = (name = '') =>
    name.replace(/[\\"'`\n]/g, character => (character === '\n' ? ' ' : `\\${character}`));
  const values = new Map([
    ['slot', inQuotes(slot)],
    ['version', inQuotes(version)],
  ]);
  return filled(query, values, () => undefined);
}

/** What a query says now: of one series, or a scalar. */
export async function queryNow(
  server: PrometheusServerConfig,
  query: string,
  workspace: string,
  signal: AbortSignal,
): Promise<Reading> {
  const answer = await post(server, 'query', { query }, workspace, signal);
  if ('problem' in answer) return answer;
  const { resultType, result } = answer.data;
  if (resultType === 'scalar' && Array.isArray(result)) return numberOf(result[1]);
  if (resultType !== 'vector') return { problem: `its result is a ${plain(String(resultType), 40)}, no number` };
  const only = onlyOne(result);
  return 'problem' in only ? only : numberOf(pointOf(only.series.value)[1]);
}

/** What a query said all along a stretch of time. A hole in it, and an end that is missing, are problems. */
export async function queryRange(
  server: PrometheusServerConfig,
  query: string,
  { from, to, step }: Stretch,
  workspace: string,
  signal: AbortSignal,
): Promise<Series> {
  const seconds = (ms: number) => String(ms / 1_000);
  const asked = { query, start: seconds(from), end: seconds(to), step: seconds(step) };
  const answer = await post(server, 'query_range', asked, workspace, signal);
  if ('problem' in answer) return answer;
  const only = onlyOne(answer.data.result);
  if ('problem' in only) return only;
  const points = Array.isArray(only.series.values) ? only.series.values.map(pointOf) : [];
  const values: number[] = [];
  let before: number | undefined;
  for (const [time, text] of points) {
    const at = Number(time) * 1_000;
    if (before !== undefined && at - before > 1.5 * step)
      return { problem: `it has no data for ${formatDuration(at - before)} of its range` };
    before = at;
    const reading = numberOf(text);
    if ('problem' in reading) return reading;
    values.push(reading.value);
  }
  if (before === undefined) return { problem: 'it has no data' };
  if (to - before >= 2 * step) return { problem: `its last number is ${formatDuration(to - before)} old` };
  return { values };
}

type Answer =
  | { readonly data: { readonly resultType?: unknown; readonly result?: unknown } }
  | { readonly problem: string };

/** Queries go as a form, so that long ones are not cut by what stands between. */
async function post(
  server: PrometheusServerConfig,
  call: 'query' | 'query_range',
  parameters: Readonly<Record<string, string>>,
  workspace: string,
  signal: AbortSignal,
): Promise<Answer> {
  const tls = await readTls(server.tls, workspace);
  if ('problem' in tls) return tls;
  try {
    const answer = await request({
      method: 'POST',
      url: `${server.url.replace(/\/$/, '')}/api/v1/${call}`,
      headers: { ...authorization(server.credentials), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(parameters).toString(),
      timeoutMs: server.timeout,
      tls: tls.files,
      signal,
    });
    return readAnswer(answer.status, answer.text);
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown;
    return { problem: thrown.message.replace(/\.$/, '') };
  }
}

function readAnswer(status: number, text: string): Answer {
  let answer: { status?: unknown; error?: unknown; data?: object | null } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    return { problem: `the server answered ${status} with something that is no JSON` };
  }
  if (answer?.status === 'success') return { data: answer.data ?? {} };
  if (typeof answer?.error !== 'string')
    return { problem: `the server answered ${status} with JSON that is not Prometheus's` };
  return { problem: `the server answered ${status}: ${plain(answer.error, 200)}` };
}

/** The only series of a result; several are nothing that one number could be made of without a guess. */
function onlyOne(
  result: unknown,
): { readonly series: { value?: unknown; values?: unknown } } | { readonly problem: string } {
  const all = Array.isArray(result) ? result : [];
  if (all.length === 0) return { problem: 'it has no data' };
  if (all.length > 1) return { problem: `its result has ${count(all.length, 'number')}; aggregate them to one` };
  return { series: Object(all[0]) };
}

/** Time in seconds, and the value as a text. */
function pointOf(point: unknown): readonly [unknown, unknown] {
  return Array.isArray(point) ? [point[0], point[1]] : [undefined, undefined];
}

function numberOf(text: unknown): Reading {
  const value = typeof text === 'string' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : { problem: `its result is ${plain(String(text), 40)}` };
}
