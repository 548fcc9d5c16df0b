/** How much work blue has still to finish, as its instances, Prometheus and the platform count it. */
import type { DrainConfig, TargetConfig } from '../config/schema.js';
import type { Platform } from '../platforms/port.js';
import type { Pending } from '../release/walk.js';
import { readGauge } from './gauge.js';
import type { CheckTools } from './port.js';
import { type Named, queryFor, queryNow } from './prometheus-client.js';

/** Whom the work is of. */
type Blue = Named & { readonly slot: string };

/** Counts in every way that the configuration names. What is not known is a problem, never a zero (P14). */
export async function countPending(
  platform: Platform,
  target: TargetConfig,
  blue: Blue,
  drain: DrainConfig,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<readonly Pending[]> {
  const counted = await Promise.all([
    byInstances(platform, target, blue, drain, tools, signal),
    byPrometheus(blue, drain, tools, signal),
    byPlatform(platform, target, blue, drain, signal),
  ]);
  return counted.flat();
}

async function byInstances(
  platform: Platform,
  target: TargetConfig,
  { slot }: Blue,
  { gauge }: DrainConfig,
  { clock }: CheckTools,
  signal: AbortSignal,
): Promise<readonly Pending[]> {
  if (!gauge) return [];
  const answers = await platform.ask(target, slot, { path: gauge.path, port: gauge.port }, signal);
  return Promise.all(
    answers.map(async ({ instance, life, answer }) => {
      const operations = 'text' in answer ? await readGauge(gauge, answer.text, clock.now()) : answer;
      return { instance, life, operations };
    }),
  );
}

async function byPrometheus(
  blue: Blue,
  { prometheus }: DrainConfig,
  { workspace }: CheckTools,
  signal: AbortSignal,
): Promise<readonly Pending[]> {
  if (!prometheus) return [];
  const reading = await queryNow(prometheus, queryFor(prometheus.query, blue), workspace, signal);
  // A count of work is not negative: whatever the query counts then, it is not that.
  const negative = 'value' in reading && reading.value < 0;
  const operations = negative ? { problem: `its result is ${reading.value}` } : reading;
  return [{ by: 'prometheus', instance: blue.slot, life: '', operations }];
}

async function byPlatform(
  platform: Platform,
  target: TargetConfig,
  { slot }: Blue,
  { connections }: DrainConfig,
  signal: AbortSignal,
): Promise<readonly Pending[]> {
  if (!connections) return [];
  const operations = (await platform.pending?.(target, slot, signal)) ?? {
    problem: 'it does not count connections',
  };
  return [{ by: 'platform', instance: slot, life: '', operations }];
}
