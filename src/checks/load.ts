/** Holds what a load measured against limits: fixed ones, or what blue does under the same load in the same moment. */

import type { LoadCheckConfig } from '../config/schema.js';
import { comparesWithBlue, keeps, type Limit, MEASURES, type Measure } from '../lib/limits.js';
import { count, formatDuration, formatShare } from '../lib/units.js';
import { readTls } from './credentials.js';
import { generate, type Measured } from './generator.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/**
 * No good answer at all is a failure; a blue that cannot be compared with is unknown. Where there is none, before the
 * first release, limits that are factors of it say nothing.
 */
export async function inspectLoad(
  check: LoadCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const blueUrl = subject.environment.BLUE_URL;
  const compares = comparesWithBlue(check) && subject.blue !== undefined;
  if (compares && blueUrl === undefined) {
    const reason = `${subject.blue?.slot} is there, but could not be reached to compare with.`;
    return { verdict: 'unknown', reason, attempts: 0 };
  }
  const tls = await readTls(check.tls, tools.workspace);
  if ('problem' in tls) return { verdict: 'unknown', reason: `It could not be sent: ${tls.problem}.`, attempts: 0 };
  // Side by side: what else the runner and the network do at that time is the same for both.
  const [green, blue] = await Promise.all([
    generate(check, subject.url, tls.files, signal),
    compares && blueUrl !== undefined ? generate(check, blueUrl, tls.files, signal) : undefined,
  ]);
  const attempts = green.requests;
  if (blue && blue.failed === blue.requests) {
    return { verdict: 'unknown', reason: `Blue gave no good answer to compare with: ${measuredText(blue)}.`, attempts };
  }
  const alone = comparesWithBlue(check) ? '; there is no blue to compare with' : '';
  const told = `${measuredText(green)}${blue ? `; blue: ${measuredText(blue)}` : alone}`;
  const broken = MEASURES.flatMap(measure => brokenText(measure, check[measure], green, blue));
  if (green.failed === green.requests) broken.unshift('no request got a good answer');
  if (broken.length === 0) return { verdict: 'pass', reason: `${told}.`, attempts };
  return { verdict: 'fail', reason: `${broken.join('; ')}. Measured: ${told}.`, attempts };
}

function brokenText(measure: Measure, limit: Limit | undefined, green: Measured, blue: Measured | undefined): string[] {
  if (!limit || (limit.unit === 'x blue' && !blue)) return [];
  const value = numberOf(measure, green);
  const ofBlue = blue ? numberOf(measure, blue) : 0;
  if (keeps(limit, value, ofBlue)) return [];
  const compared = limit.unit === 'x blue' ? ` (${shown(measure, ofBlue)})` : '';
  return [`expected ${measure} ${limit.text}${compared}, got ${shown(measure, value)}`];
}

function numberOf(measure: Measure, measured: Measured): number {
  if (measure !== 'errors') return measured[measure];
  return measured.requests === 0 ? 1 : measured.failed / measured.requests;
}

function shown(measure: Measure, value: number): string {
  if (measure === 'errors') return formatShare(value);
  return measure === 'throughput' ? `${value.toFixed(1)}/s` : formatDuration(Math.round(value * 10) / 10);
}

/** `500 requests, 0 failed, p50 4 ms, p95 9 ms, p99 12 ms, 49.9/s`. */
function measuredText(measured: Measured): string {
  const kinds = [...measured.errors].map(([kind, amount]) => `${amount} ${kind}`).join(', ');
  const failed = `${measured.failed} failed${kinds && ` (${kinds})`}`;
  const rest = (['p50', 'p95', 'p99', 'throughput'] as const).map(measure =>
    measure === 'throughput' ? shown(measure, measured.throughput) : `${measure} ${shown(measure, measured[measure])}`,
  );
  return [count(measured.requests, 'request'), failed, ...rest].join(', ');
}
