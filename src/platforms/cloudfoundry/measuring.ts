/**
 * What the platform measures of an app: routers tell log-cache of each request, and cells of what each container uses.
 * Tags and numbers are read as far as they are there, for their names and types differ from release to release.
 */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import type { Measurable, Measured, MeasuredRequest, MeasuredUsage, Span } from '../port.js';
import { readSlot, requireApp, sizeOf } from './apps.js';
import { hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import { type Envelope, readBatch } from './log-cache.js';
import type { App } from './objects.js';

/** log-cache gives no more at once. */
const BATCH = 1_000;
/** Of a busy app the newest so many are looked at. */
const BATCHES = 20;
const NANOSECONDS = 1_000_000n;

/** What there is of a slot in a span of time, or why that is not known. */
export async function measureSlot(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  span: Span,
  what: readonly Measurable[],
  signal: AbortSignal,
): Promise<Measured | { readonly problem: string }> {
  try {
    const app = await requireApp(foundation, target, slot, signal);
    const found = await readSlot(foundation, slot, app, signal);
    const [timers, gauges] = await Promise.all([
      what.includes('requests') ? envelopesOf(foundation, app, 'TIMER', span, signal) : [],
      what.includes('usage') ? envelopesOf(foundation, app, 'GAUGE', span, signal) : [],
    ]);
    if ('problem' in timers) return timers;
    if ('problem' in gauges) return gauges;
    const requests = requestsOf(timers);
    if ('problem' in requests) return requests;
    return { requests, usage: gauges.flatMap(usageOf), instances: sizeOf(found) };
  } catch (error) {
    signal.throwIfAborted();
    if (
      !hasCode(error, 'NOT_JSON', 'GONE', 'UNREACHABLE', 'SERVER_ERROR', 'UNAUTHORIZED', 'FORBIDDEN', 'APP_NOT_FOUND')
    )
      throw error;
    const refused = hasCode(error, 'NOT_JSON', 'GONE') ? ' (a 404 is what a user gets who may not read this app)' : '';
    return { problem: `${error.message.replace(/\.$/, '')}${refused}` };
  }
}

/** Batch by batch, the newest first, until the span is covered. */
async function envelopesOf(
  foundation: Foundation,
  app: App,
  type: 'TIMER' | 'GAUGE',
  { from, to }: Span,
  signal: AbortSignal,
): Promise<readonly Envelope[] | { readonly problem: string }> {
  const all: Envelope[] = [];
  let end = BigInt(Math.round(to)) * NANOSECONDS;
  for (let batch = 1; batch <= BATCHES; batch++) {
    const start = BigInt(Math.round(from)) * NANOSECONDS;
    const query = `envelope_types=${type}&start_time=${start}&end_time=${end}&limit=${BATCH}`;
    const read = await readBatch(foundation, app, query, signal);
    if ('problem' in read) return read;
    all.push(...read);
    const oldest = read.at(-1);
    if (read.length < BATCH || !oldest) break;
    end = BigInt(oldest.timestamp);
  }
  return all;
}

/**
 * One a request: a router that tells of it as server and as client gives it the same id both times. What became a
 * WebSocket lasts as long as that, and says nothing of how fast answers are.
 */
function requestsOf(timers: readonly Envelope[]): readonly MeasuredRequest[] | { readonly problem: string } {
  const seen = new Set<string>();
  const requests: MeasuredRequest[] = [];
  let strange = 0;
  for (const { timer, tags = {} } of timers) {
    const { request_id: id } = tags;
    if (timer?.name !== 'http' || (id !== undefined && seen.has(id))) continue;
    if (id !== undefined) seen.add(id);
    const status = Number(tags.status_code ?? tags.statusCode ?? tags.status);
    const ms = Number(BigInt(timer.stop) - BigInt(timer.start)) / Number(NANOSECONDS);
    if (!(status >= 100 && status < 600)) strange += 1;
    else if (status >= 200) requests.push({ status, ms });
  }
  if (strange === 0) return requests;
  return { problem: `log-cache does not tell the status of ${strange} of ${timers.length} requests` };
}

/** A cell may tell of the metrics of a container in several envelopes. */
function usageOf({ gauge, instance_id: instance = '' }: Envelope): readonly MeasuredUsage[] {
  const metrics = gauge?.metrics ?? {};
  const value = (name: string) => {
    const number = Number(metrics[name]?.value);
    return Number.isFinite(number) ? number : undefined;
  };
  const share = (used: number | undefined, quota: number | undefined) =>
    used === undefined || !quota ? undefined : used / quota;
  const cpu = value('cpu');
  const memory = share(value('memory'), value('memory_quota'));
  const disk = share(value('disk'), value('disk_quota'));
  if ([cpu, memory, disk].every(one => one === undefined)) return [];
  return [
    {
      instance,
      ...(cpu === undefined ? {} : { cpu: cpu / 100 }),
      ...(memory === undefined ? {} : { memory }),
      ...(disk === undefined ? {} : { disk }),
    },
  ];
}
