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
