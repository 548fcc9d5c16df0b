/** Holds what Cloud Foundry itself measured of a slot against limits: fixed ones, or what it measured of blue meanwhile. */
import type { LogCacheCheckConfig } from '../config/schema.js';
import { keeps, type Limit, MEASURES, USAGES, type Usage } from '../lib/limits.js';
import { count, formatDuration, formatShare } from '../lib/units.js';
import type { Measurable, Measured, Span } from '../platforms/port.js';
import { type Look, untilJudged } from './judging.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

const ALL = [...MEASURES, ...USAGES] as const;
type Kpi = (typeof ALL)[number];

/** Those that limits are set for. Shares, milliseconds, or a number a second. */
type Numbers = Readonly<Partial<Record<Kpi, number>>>;
type Read = { readonly numbers: Numbers; readonly requests: number } | { readonly problem: string };

/**
 * Of the time that has just passed, again and again as the configuration says. Too few requests, an instance that said
 * nothing and an unreachable log-cache are all unknown. Before the first release there is no blue to compare with.
 */
export function inspectLogCache(
  check: LogCacheCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const told = `log-cache on ${subject.slot ?? subject.serves}`;
  return untilJudged(check, told, () => look(check, subject, tools, signal), tools, signal);
}

async function look(
  check: LogCacheCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Look> {
  const to = tools.clock.now();
  const span = { from: to - check.for, to };
  const other = ALL.some(kpi => check[kpi]?.unit === 'x blue') ? subject.blue : undefined;
  const [green, blue] = await Promise.all([
    read(check, subject.target, subject.slot ?? subject.serves, span, tools, signal),
    other && read(check, subject.target, other.slot, span, tools, signal),
  ]);
  if ('problem' in green) return green;
  if (blue && 'problem' in blue) return { problem: `of ${other?.slot}, ${blue.problem}` };
  const compared = blue ? `; blue: ${numbersText(blue.numbers)}` : '';
  const told = `${count(green.requests, 'request')} in ${formatDuration(check.for)}, ${numbersText(green.numbers)}${compared}`;
  const broken = ALL.flatMap(kpi => brokenText(kpi, check[kpi], green.numbers, blue?.numbers));
  if (broken.length === 0) return { holds: true, text: `${told}.` };
  return { holds: false, text: `${broken.join('; ')}. Measured: ${told}.` };
}

async function read(
  check: LogCacheCheckConfig,
  target: string,
  slot: string | undefined,
  span: Span,
  { measure }: CheckTools,
  signal: AbortSignal,
): Promise<Read> {
  if (!measure || slot === undefined) return { problem: 'this platform measures nothing of a slot' };
  const what: Measurable[] = [
    ...(MEASURES.some(kpi => check[kpi]) ? (['requests'] as const) : []),
    ...(USAGES.some(kpi => check[kpi]) ? (['usage'] as const) : []),
  ];
  const measured = await measure(target, slot, span, what, signal);
  if ('problem' in measured) return measured;
  if (what.includes('requests') && measured.requests.length < check.requests) {
    const had = count(measured.requests.length, 'request');
    return { problem: `it had ${had} in ${formatDuration(check.for)}, and fewer than ${check.requests} say nothing` };
  }
  const silent = USAGES.find(kpi => check[kpi] && told(measured, kpi).size < Math.max(1, measured.instances));
  if (silent) {
    const said = told(measured, silent).size;
    return { problem: `${said} of ${count(measured.instances, 'instance')} told of their ${silent}` };
  }
  return { numbers: numbersOf(check, measured), requests: measured.requests.length };
}

function numbersOf(check: LogCacheCheckConfig, measured: Measured): Numbers {
  const numbers = ALL.flatMap(kpi => (check[kpi] ? [[kpi, numberOf(kpi, check, measured)] as const] : []));
  return Object.fromEntries(numbers);
}

function numberOf(kpi: Kpi, check: LogCacheCheckConfig, measured: Measured): number {
  const { requests } = measured;
  const bad = requests.filter(({ status }) => status >= 500).length;
  switch (kpi) {
    case 'errors':
      return bad / requests.length;
    case 'throughput':
      return (requests.length - bad) / (check.for / 1_000);
    case 'p50':
    case 'p95':
    case 'p99':
      return percentile(
        requests.map(({ ms }) => ms),
        Number(kpi.slice(1)),
      );
    default:
      return Math.max(...[...told(measured, kpi).values()].map(readings => usageOf(kpi, readings)));
  }
}

/** The nearest rank. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}

/** What each instance told of its usage, by instance. */
function told({ usage }: Measured, kpi: Usage): ReadonlyMap<string, readonly number[]> {
  const readings = new Map<string, number[]>();
  for (const one of usage) {
    const value = one[kpi];
    if (value !== undefined) readings.set(one.instance, [...(readings.get(one.instance) ?? []), value]);
  }
  return readings;
}

/** Of the processor on average, for it jumps; of the rest at its most. The worst instance counts. */
function usageOf(kpi: Usage, readings: readonly number[]): number {
  return kpi === 'cpu' ? readings.reduce((sum, one) => sum + one, 0) / readings.length : Math.max(...readings);
}

function brokenText(kpi: Kpi, limit: Limit | undefined, green: Numbers, blue: Numbers | undefined): readonly string[] {
  if (!limit || (limit.unit === 'x blue' && !blue)) return [];
  const [value = Number.NaN, ofBlue = 0] = [green[kpi], blue?.[kpi]];
  if (keeps(limit, value, ofBlue)) return [];
  const compared = limit.unit === 'x blue' ? ` (${shown(kpi, ofBlue)})` : '';
  return [`expected ${kpi} ${limit.text}${compared}, got ${shown(kpi, value)}`];
}

function numbersText(numbers: Numbers): string {
  return ALL.flatMap(kpi => (numbers[kpi] === undefined ? [] : `${kpi} ${shown(kpi, numbers[kpi])}`)).join(', ');
}

function shown(kpi: Kpi, value: number): string {
  if (kpi === 'throughput') return `${value.toFixed(1)}/s`;
  const isTime = kpi === 'p50' || kpi === 'p95' || kpi === 'p99';
  return isTime ? formatDuration(Math.round(value * 10) / 10) : formatShare(value);
}
