/** How a run ended, in one sentence: the last line of the log, the first of the summary, and what `fail()` begins with. */
import { plain } from '../lib/inert.js';
import { formatDuration } from '../lib/units.js';
import type { Outcome, Result, TargetOutcome, Verb } from '../release/model.js';

const SIGNS: Readonly<Record<Result, string>> = {
  succeeded: '✅',
  unchanged: '✅',
  waiting: '⏸️',
  invalid: '❌',
  refused: '✋',
  'rolled-back': '↩️',
  failed: '❌',
  degraded: '⚠️',
  'rollback-failed': '🚨',
  cancelled: '🛑',
};

/** Targets named in a sentence; of more, only the number. */
const NAMED = 3;

export function signOf(result: Result): string {
  return SIGNS[result];
}

/** One plain sentence or two. What failed and why is not in it: the outcome's failures say that. */
export function outcomeLine(outcome: Outcome): string {
  return plain(SENTENCES[outcome.result](outcome), 1_000);
}

const SENTENCES: Readonly<Record<Result, (outcome: Outcome) => string>> = {
  succeeded: outcome => (outcome.isPlanned ? planned(outcome) : SUCCEEDED[outcome.verb](outcome)),
  unchanged: outcome => UNCHANGED[outcome.verb](outcome),
  waiting: outcome => `${versionText(outcome)} waits for a decision. ${serving(outcome)}`,
  invalid: () => 'The configuration has mistakes: nothing was contacted or written.',
  refused: outcome => `${capital(nameOf(outcome))} was refused: this run moved no live traffic. ${serving(outcome)}`,
  'rolled-back': outcome => `${capital(nameOf(outcome))} was ${undone(outcome)}${atStep(outcome)}. ${serving(outcome)}`,
  failed: outcome =>
    `${capital(nameOf(outcome))} failed${atStep(outcome)}: live traffic is as it was. ${serving(outcome)}`,
  degraded: outcome => `${capital(nameOf(outcome))} is not finished${atStep(outcome)}. ${serving(outcome)}`,
  'rollback-failed': outcome =>
    `A person is needed now: ${nameOf(outcome)} failed${atStep(outcome)} and could not be ${undone(outcome)}. ${serving(outcome)}`,
  // What the abort verbs bring to its end was cancelled; they themselves were not, unless they stopped half-way.
  cancelled: outcome =>
    isAbort(outcome) && outcome.failures.length === 0
      ? endedUnfinished(outcome)
      : `${capital(nameOf(outcome))} was cancelled${atStep(outcome)}. ${serving(outcome)}`,
};

/** Why a verb had nothing to write. */
const UNCHANGED: Readonly<Record<Verb, (outcome: Outcome) => string>> = {
  run: liveAlready,
  plan: liveAlready,
  deploy: liveAlready,
  switch: liveAlready,
  teardown: outcome =>
    `What was live before${onTargets(outcome)} is taken away already: nothing was written. ${serving(outcome)}`,
  status: outcome => serving(outcome),
  rollback: outcome => `There was nothing to roll back${onTargets(outcome)}: nothing was written. ${serving(outcome)}`,
  abort: nothingToAbort,
  'abort-if-unfinished': nothingToAbort,
};

const SUCCEEDED: Readonly<Record<Verb, (outcome: Outcome) => string>> = {
  run: live,
  switch: live,
  rollback: wentBack,
  plan: planned,
  deploy: outcome =>
    `${versionText(outcome)} is deployed${onTargets(outcome)} and passed its checks. ${serving(outcome)}`,
  teardown: outcome => `What was live before${onTargets(outcome)} is taken away. ${serving(outcome)}`,
  status: outcome => serving(outcome),
  abort: endedUnfinished,
  'abort-if-unfinished': endedUnfinished,
};

function liveAlready(outcome: Outcome): string {
  return `${versionText(outcome)} is live already${onTargets(outcome)}: nothing was written.`;
}

function nothingToAbort(outcome: Outcome): string {
  return `There was nothing to abort${onTargets(outcome)}: nothing was written. ${serving(outcome)}`;
}

function endedUnfinished(outcome: Outcome): string {
  return `The unfinished run was ended${onTargets(outcome)}. ${serving(outcome)}`;
}

function isAbort({ verb }: Outcome): boolean {
  return verb === 'abort' || verb === 'abort-if-unfinished';
}

/** A rollback that is taken back goes forward again. */
function undone({ verb }: Outcome): string {
  return verb === 'rollback' ? 'undone' : 'rolled back';
}

function planned(outcome: Outcome): string {
  // The version of the configuration is not what a way back moves.
  if (WITHOUT_VERSION.includes(outcome.verb))
    return `${capital(nameOf(outcome))} was planned: nothing was written. ${serving(outcome)}`;
  return `${versionText(outcome)}${onTargets(outcome)} was planned: nothing was written. ${serving(outcome)}`;
}

/** `shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.` */
function live(outcome: Outcome): string {
  const { targets } = outcome;
  // A dry run ends before it claims anything.
  if (!outcome.steps.some(({ step }) => step === 'claim')) return planned(outcome);
  if (targets.every(target => target.switchedAt === undefined)) {
    return `${versionText(outcome)}${onTargets(outcome)} is released; an earlier run had switched to it. ${serving(outcome)}`;
  }
  const after = `after ${formatDuration(outcome.durationMs)}`;
  if (targets.length > NAMED) return `${versionText(outcome)} is live on ${targets.length} targets, ${after}.`;
  return `${targets.map(moved).join('; ')}, ${after}.`;
}

/** What the way back led to; the version that was asked about is the one that was taken back. */
function wentBack(outcome: Outcome): string {
  if (outcome.targets.some(target => target.switchedAt !== undefined)) return live(outcome);
  return `The way back is finished${onTargets(outcome)}. ${serving(outcome)}`;
}

function moved(target: TargetOutcome): string {
  const before = target.previous === undefined ? ', for the first time' : ` instead of ${previousText(target)}`;
  return `${target.target}: ${liveText(target)} is live${before}`;
}

/** `Live now: shop-blue (v1).`, or for several `Live now: shop-blue (v1) for shop, cart-blue (v7) for cart.` */
function serving({ targets }: Outcome): string {
  const [only] = targets;
  if (!only) return '';
  if (targets.length > NAMED) return `What is live on ${targets.length} targets is in the table.`;
  if (targets.length === 1) return `Live now: ${liveText(only)}.`;
  return `Live now: ${targets.map(target => `${liveText(target)} for ${target.target}`).join(', ')}.`;
}

function liveText({ live: slot, liveVersion }: TargetOutcome): string {
  return slot === undefined ? 'nothing that is known' : withVersion(slot, liveVersion);
}

function previousText({ previous, previousVersion }: TargetOutcome): string {
  return previous === undefined ? 'nothing' : withVersion(previous, previousVersion);
}

function withVersion(slot: string, version: string | undefined): string {
  return version === undefined ? slot : `${slot} (${plain(version, 40)})`;
}

/** Verbs whose configured version says nothing about what they move. */
const WITHOUT_VERSION: readonly Verb[] = ['rollback', 'teardown', 'abort', 'abort-if-unfinished', 'status'];

/** `the release of shop, version v2,` as far as it is known. */
function nameOf({ verb, release, version }: Outcome): string {
  const doing = `the ${verb === 'run' ? 'release' : verb}${release && ` of ${release}`}`;
  return version && !WITHOUT_VERSION.includes(verb) ? `${doing}, version ${plain(version, 40)},` : doing;
}

function versionText({ version }: Outcome): string {
  return `Version ${plain(version, 40)}`;
}

function onTargets({ targets }: Outcome): string {
  if (targets.length === 0) return '';
  if (targets.length > NAMED) return ` on ${targets.length} targets`;
  return ` on ${targets.map(target => target.target).join(', ')}`;
}

function atStep({ failures }: Outcome): string {
  const step = failures.find(failed => failed.step !== undefined)?.step;
  return step === undefined ? '' : ` at ${step}`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
