/** What a probe saw, as series of numbers: the charts of the summary and of report.html are drawn from them. */
import type { Outcome, ProbeEvidence, ProbeSpan } from '../release/model.js';

/** Whose answers a series counts, as far as the name that the answers gave tells it. */
export type Role = 'blue' | 'green' | 'unknown';

/** Blue and green are drawn in their colours; what is neither takes one of the others. */
export type Colour = 'blue' | 'green' | 'violet' | 'orange' | 'grey';

export interface AnswerSeries {
  /** The version or slot that answered; `other` when the answers named none. */
  readonly name: string;
  readonly role: Role;
  readonly colour: Colour;
}

const ROLES: readonly Role[] = ['blue', 'green', 'unknown'];
const SPARE: readonly Colour[] = ['violet', 'orange', 'grey'];

/** The names that answered most, at most `most` of them, blue and green first. */
export function answerSeries(probe: ProbeEvidence, outcome: Outcome, most: number): readonly AnswerSeries[] {
  const counted = Object.entries(probe.answers).sort(([, one], [, other]) => other - one);
  const named = counted.map(([name]) => ({ name, role: roleOf(name, outcome) }));
  const shown = ROLES.flatMap(role => named.filter(one => one.role === role)).slice(0, most);
  let spare = 0;
  return shown.map(({ name, role }, index) => {
    const isFirst = shown.findIndex(one => one.role === role) === index;
    const own = role !== 'unknown' && isFirst ? role : SPARE[spare++ % SPARE.length];
    return { name, role, colour: own ?? 'grey' };
  });
}

/** A rollback moves traffic the other way round: what was live before is looked at first. */
function roleOf(name: string, { targets, version }: Outcome): Role {
  if (targets.some(target => name === target.previousVersion || name === target.previous)) return 'blue';
  const isGreen = name === version || targets.some(target => name === target.liveVersion || name === target.live);
  return isGreen ? 'green' : 'unknown';
}

/** An amount as a rate, with one decimal. */
export function perSecond(amount: number, ms: number): number {
  return Math.round((amount * 10_000) / ms) / 10;
}

/**
 * The spans of a probe without those that the switch or the end cut short: a rate of so little time says nothing, so
 * they are joined with the one before.
 */
export function steady({ spans, switchedAt }: ProbeEvidence): readonly ProbeSpan[] {
  const isAfter = ({ at }: ProbeSpan) => switchedAt === undefined || at >= switchedAt;
  const kept: ProbeSpan[] = [];
  for (const span of spans) {
    const last = kept.at(-1);
    const isCut = last !== undefined && isAfter(last) === isAfter(span) && span.ms * 2 < last.ms;
    if (isCut) kept[kept.length - 1] = joined([last, span]);
    else kept.push(span);
  }
  return kept;
}

/**
 * Neighbouring spans as one, so that at most about `most` are left; none lies on both sides of the switch. Of latencies
 * the highest counts.
 */
export function condensed(probe: ProbeEvidence, most: number): readonly ProbeSpan[] {
  const spans = steady(probe);
  const size = Math.ceil(spans.length / most);
  if (size <= 1) return spans;
  const { switchedAt = Number.NEGATIVE_INFINITY } = probe;
  const before = spans.filter(({ at }) => at < switchedAt);
  const after = spans.filter(({ at }) => at >= switchedAt);
  // What is left over stands at the beginning of the one side and at the end of the other.
  const rest = before.length % size;
  const groups = [...chunks(before.slice(0, rest), size), ...chunks(before.slice(rest), size), ...chunks(after, size)];
  return groups.map(joined);
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function joined(spans: readonly ProbeSpan[]): ProbeSpan {
  const latencies = spans.flatMap(({ p95Ms }) => p95Ms ?? []);
  return {
    at: spans[0]?.at ?? 0,
    ms: spans.reduce((sum, { ms }) => sum + ms, 0),
    answers: summed(spans.map(({ answers }) => answers)),
    errors: summed(spans.map(({ errors }) => errors)),
    p95Ms: latencies.length > 0 ? Math.max(...latencies) : undefined,
  };
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [name, amount] of counts.flatMap(Object.entries)) sums.set(name, (sums.get(name) ?? 0) + amount);
  return Object.fromEntries(sums);
}

export function failedIn({ errors }: Pick<ProbeSpan, 'errors'>): number {
  return Object.values(errors).reduce((sum, amount) => sum + amount, 0);
}

/** Seconds from the switch, or from the first span when no switch was seen. */
export function secondsFromSwitch({ switchedAt, spans }: ProbeEvidence, at: number): number {
  return (at - (switchedAt ?? spans[0]?.at ?? at)) / 1_000;
}

/** When the first route was put back to what it had been before this run; undefined when none was. */
export function putBackAt({ switches }: Outcome['evidence']): number | undefined {
  return switches.find((write, index) => isWayBack(write, switches.slice(0, index)))?.at;
}

/** Whether a write brings back what the first write to its route had replaced. */
export function isWayBack(write: Outcome['evidence']['switches'][number], earlier: readonly (typeof write)[]): boolean {
  const first = earlier.find(({ target, route }) => target === write.target && route === write.route);
  return first !== undefined && first.from === write.to;
}
