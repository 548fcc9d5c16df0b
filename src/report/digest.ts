/** A run in a few lines, for places that show no more: messages in a chat. */
import { plain } from '../lib/inert.js';
import { count } from '../lib/units.js';
import type { Outcome } from '../release/model.js';
import { failureStory } from './failure-story.js';
import { outcomeLine, signOf } from './outcome-line.js';

export interface Digest {
  /** One line. */
  readonly headline: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** What failed, what was done about it, what to do now; empty when nothing failed. */
  readonly story: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

const TARGETS = 4;
const LINES = 4;
const TEXT = 500;

/** Every text is one plain line, bounded; a chat's own marks are for the caller to make inert. */
export function digestOf(outcome: Outcome): Digest {
  return {
    headline: `${signOf(outcome.result)} ${outcomeLine(outcome)}`,
    facts: factsOf(outcome)
      .map(({ name, value }) => ({ name, value: plain(value, 200) }))
      .filter(({ value }) => value !== ''),
    story: storyOf(outcome).filter(({ lines }) => lines.length > 0),
  };
}

function factsOf({ result, release, version, targets, evidence }: Outcome): Digest['facts'] {
  const live = targets.slice(0, TARGETS).map(target => ({
    name: targets.length === 1 ? 'live now' : `live now for ${plain(target.target, 60)}`,
    value: target.live === undefined ? 'not known' : `${target.live} ${target.liveVersion ?? ''}`,
  }));
  const requests = evidence.probes.reduce((sum, probe) => sum + probe.requests, 0);
  const failed = evidence.probes.reduce((sum, probe) => sum + probe.failed, 0);
  const seen = requests > 0 ? [{ name: 'measured', value: `${count(requests, 'request')}, ${failed} failed` }] : [];
  return [
    { name: 'result', value: result },
    { name: 'release', value: release },
    { name: 'version', value: version },
    ...live,
    ...seen,
  ];
}

function storyOf(outcome: Outcome): Digest['story'] {
  const story = failureStory(outcome);
  if (!story) return [];
  const bounded = (lines: readonly string[]) => lines.slice(0, LINES).map(line => plain(line, TEXT));
  const { first, done, next } = story;
  const where = first.step === undefined ? '' : ` at ${first.step}`;
  const commands = outcome.targets.flatMap(target => target.rollbackCommand ?? []);
  return [
    { title: 'What failed', lines: bounded([`${first.code}${where}: ${first.message}`]) },
    { title: 'What was done about it', lines: bounded(done) },
    { title: 'What to do now', lines: bounded([...next, ...commands]) },
  ];
}
