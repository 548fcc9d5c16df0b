/** What a failed run has to tell, in the order in which people ask: what and why, whose words, what was done, what now. */
import { plain } from '../lib/inert.js';
import { formatDuration } from '../lib/units.js';
import type { FailureReport, Outcome } from '../release/model.js';
import { isWayBack } from './series.js';

/** Named in one sentence; of more, only the number. */
const OBJECTS = 10;

export interface FailureStory {
  /** What failed and why: what it began with. */
  readonly first: FailureReport;
  /** What failed afterwards. */
  readonly others: readonly FailureReport[];
  /** The platform's own words, one a line. */
  readonly words: readonly string[];
  /** What was done about it, one sentence each. */
  readonly done: readonly string[];
  /** What to do now, one sentence each. */
  readonly next: readonly string[];
}

/** Undefined when nothing failed. Texts are as they came: whoever shows them makes them inert. */
export function failureStory(outcome: Outcome): FailureStory | undefined {
  const [first, ...others] = outcome.failures;
  if (!first) return undefined;
  return {
    first,
    others,
    words: outcome.failures.flatMap(({ details }) => details.flatMap(text => text.split('\n'))),
    done: [...untouched(outcome), ...putBack(outcome), ...takenAway(outcome), ...outcome.notes],
    next: [...new Set(outcome.failures.map(({ hint }) => hint))],
  };
}

function untouched({ result, changes, evidence }: Outcome): readonly string[] {
  // That of an invalid configuration says so itself.
  const wrote = changes.length > 0 || evidence.switches.length > 0;
  return wrote || result === 'invalid' ? [] : ['This run wrote nothing to the platform.'];
}

/** Which routes were put back, to what, and how long users had been served otherwise. */
function putBack({ result, evidence: { switches } }: Outcome): readonly string[] {
  const back = switches.filter((write, index) => isWayBack(write, switches.slice(0, index)));
  const sentences = back.map(({ target, route, to, at, answeredInMs }) => {
    const away = switches.find(write => write.target === target && write.route === route)?.at ?? at;
    const after = `${formatDuration(at - away)} after the switch, answered in ${formatDuration(answeredInMs)}`;
    return `${route} of ${target} was put back to ${to}, ${after}.`;
  });
  if (result !== 'rollback-failed') return sentences;
  return [...sentences, 'The previous routing was to be put back, and that was not finished.'];
}

/** What a run takes away before its teardown is a green that failed. */
function takenAway({ changes, steps }: Outcome): readonly string[] {
  if (steps.some(({ step }) => step === 'teardown')) return [];
  const gone = changes.filter(({ verb }) => verb === 'delete').map(({ object }) => plain(object, 200));
  if (gone.length === 0) return [];
  const more = gone.length > OBJECTS ? ` and ${gone.length - OBJECTS} more` : '';
  return [`What this run had made was taken away again: ${gone.slice(0, OBJECTS).join(', ')}${more}.`];
}
