/** Holds a number of Prometheus against a limit: a fixed one, or the same number of blue. */
import type { PrometheusCheckConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import { keeps } from '../lib/limits.js';
import { untilJudged } from './judging.js';
import type { CheckResult, CheckTools, Subject } from './port.js';
import { type Named, queryFor, queryNow, queryRange, type Reading } from './prometheus-client.js';

/** What green's number is, and blue's where the limit is a factor of it and there is a blue. */
type Compared = Numbers | { readonly problem: string };

interface Numbers {
  readonly value: number;
  readonly blue?: number;
}

/** Points of a range, if nobody says how far apart they are. */
const POINTS = 60;

/**
 * Queries until `passes` numbers in a row keep the limit, or more than `failures` did not, or more than `unknowns`
 * queries had no number. No server, an error, no sample, several, a hole in a range, and NaN are all unknown: never a
 * yes (P14).
 */
export async function inspectPrometheus(
  check: PrometheusCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const told = plain(queryFor(check.query, greenOf(subject)), 200);
  const look = async () => {
    const found = await compare(check, subject, tools, signal);
    if ('problem' in found) return found;
    const kept = holds(check, found);
    return { holds: kept, text: kept ? passText(check, told, found) : failText(check, told, found) };
  };
  return untilJudged(check, told, look, tools, signal);
}

/** Before the first release there is no blue, and a number that is held against it alone says nothing. */
function holds({ expect }: PrometheusCheckConfig, { value, blue }: Numbers): boolean {
  return expect.unit === 'x blue' && blue === undefined ? true : keeps(expect, value, blue ?? 0);
}

async function compare(
  check: PrometheusCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Compared> {
  const now = tools.clock.now();
  const { blue: other } = subject;
  if (check.expect.unit !== 'x blue' || !other) return read(check, greenOf(subject), now, tools, signal);
  if (other.version === undefined && /\{\{\s*version\s*\}\}/.test(check.query)) {
    return { problem: `the version of ${other.slot}, which is compared with, is not known` };
  }
  // Of the same moment: what else happens to the system at that time is the same for both.
  const [green, blue] = await Promise.all([
    read(check, greenOf(subject), now, tools, signal),
    read(check, other, now, tools, signal),
  ]);
  if ('problem' in green) return green;
  return 'problem' in blue
    ? { problem: `of ${other.slot}, ${blue.problem}` }
    : { value: green.value, blue: blue.value };
}

async function read(
  check: PrometheusCheckConfig,
  named: Named,
  now: number,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Reading> {
  const query = queryFor(check.query, named);
  const { range } = check;
  const { workspace } = tools;
  if (range === undefined) return queryNow(check, query, workspace, signal);
  const step = check.step ?? Math.max(1_000, range / POINTS);
  const series = await queryRange(check, query, { from: now - range, to: now, step }, workspace, signal);
  return 'problem' in series ? series : { value: judged(check, series.values) };
}

/** The number of a range that has to keep the limit. Every point keeps it if the worst one does. */
function judged({ judge, expect }: PrometheusCheckConfig, values: readonly number[]): number {
  switch (judge) {
    case 'last':
      return values.at(-1) ?? Number.NaN;
    case 'average':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'every':
      return expect.operator.startsWith('<') ? Math.max(...values) : Math.min(...values);
  }
}

/** The slot that is looked at, or the one behind the live route. */
function greenOf({ slot, serves, version }: Subject): Named {
  return { slot: slot ?? serves, version };
}

const OF_RANGE = { every: 'at its worst', last: 'at last', average: 'on average' } as const;

function passText(check: PrometheusCheckConfig, told: string, { value, blue }: Numbers): string {
  const other = blue === undefined ? 'there is no blue to compare with' : `${shown(blue)} of blue`;
  const compared = check.expect.unit === 'x blue' ? `; ${other}` : '';
  return `${told} is ${shown(value)}${howRead(check)}${compared}.`;
}

function failText(check: PrometheusCheckConfig, told: string, { value, blue }: Numbers): string {
  const compared = blue === undefined ? '' : ` (${shown(blue)})`;
  return `${told}: expected ${check.expect.text}${compared}, got ${shown(value)}${howRead(check)}.`;
}

function howRead({ range, judge }: PrometheusCheckConfig): string {
  return range === undefined ? '' : ` ${OF_RANGE[judge]}`;
}

/** Without the digits that an average brings along and nobody reads. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
