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
  succeeded: outcome => SUCCEEDED[outcome.verb](outcome),
  unchanged: outcome => `${versionText(outcome)} is live already${onTargets(outcome)}: nothing was written.`,
  waiting: outcome => `${versionText(outcome)} waits for a decision. ${serving(outcome)}`,
  invalid: () => 'The configuration has mistakes: nothing was contacted or written.',
  refused: outcome => `${capital(nameOf(outcome))} was refused: this run moved no live traffic. ${serving(outcome)}`,
  'rolled-back': outcome => `${capital(nameOf(outcome))} was rolled back${atStep(outcome)}. ${serving(outcome)}`,
  failed: outcome =>
    `${capital(nameOf(outcome))} failed${atStep(outcome)}: live traffic is as it was. ${serving(outcome)}`,
  degraded: outcome => `${capital(nameOf(outcome))} is not finished${atStep(outcome)}. ${serving(outcome)}`,
  'rollback-failed': outcome =>
    `A person is needed now: ${nameOf(outcome)} failed${atStep(outcome)} and could not be rolled back. ${serving(outcome)}`,
  cancelled: outcome => `${capital(nameOf(outcome))} was cancelled${atStep(outcome)}. ${serving(outcome)}`,
};

const SUCCEEDED: Readonly<Record<Verb, (outcome: Outcome) => string>> = {
  run: live,
  switch: live,
  rollback: live,
  plan: outcome => `The plan for ${versionText(outcome)}${onTargets(outcome)} is made: nothing was written.`,
  deploy: outcome =>
    `${versionText(outcome)} is deployed${onTargets(outcome)} and passed its checks. ${serving(outcome)}`,
  teardown: outcome => `What was live before${onTargets(outcome)} is taken away. ${serving(outcome)}`,
  status: outcome => serving(outcome),
  abort: outcome => `The unfinished run was ended. ${serving(outcome)}`,
};

/** `shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.` */
function live(outcome: Outcome): string {
  // A dry run walks no further than the plan, and what was read afresh shows no switch.
  if (outcome.targets.every(target => target.switchedAt === undefined)) return readOnly(outcome);
  const { targets } = outcome;
  const after = `after ${formatDuration(outcome.durationMs)}`;
  if (targets.length > NAMED) return `${versionText(outcome)} is live on ${targets.length} targets, ${after}.`;
  return `${targets.map(moved).join('; ')}, ${after}.`;
}

function readOnly(outcome: Outcome): string {
  const wrote = outcome.changes.length > 0 ? 'is released' : 'was planned: nothing was written';
  return `${versionText(outcome)}${onTargets(outcome)} ${wrote}. ${serving(outcome)}`;
}

function moved(target: TargetOutcome): string {
  const before = target.previous === undefined ? ', for the first time' : ` instead of ${previousText(target)}`;
  return `${target.target}: ${liveText(target)} is live${before}`;
}

/** `shop-blue (v1) serves.`, or for several `shop: shop-blue (v1) serves; cart: ...` */
function serving({ targets }: Outcome): string {
  const [only] = targets;
  if (!only) return '';
  if (targets.length === 1) return `${capital(servesText(only))}.`;
  if (targets.length <= NAMED) return `${targets.map(target => `${target.target}: ${servesText(target)}`).join('; ')}.`;
  return `What serves on ${targets.length} targets is in the table.`;
}

function servesText(target: TargetOutcome): string {
  return target.live === undefined ? 'what serves is not known, or nothing does' : `${liveText(target)} serves`;
}

function liveText({ live: slot, liveVersion }: TargetOutcome): string {
  return slot === undefined ? 'an unknown slot' : withVersion(slot, liveVersion);
}

function previousText({ previous, previousVersion }: TargetOutcome): string {
  return previous === undefined ? 'nothing' : withVersion(previous, previousVersion);
}

function withVersion(slot: string, version: string | undefined): string {
  return version === undefined ? slot : `${slot} (${plain(version, 40)})`;
}

/** `the release of shop` and its version, as far as they are known. */
function nameOf({ verb, release, version }: Outcome): string {
  const doing = verb === 'run' ? 'the release' : `the ${verb}`;
  return `${doing}${release && ` of ${release}`}${version && `, version ${plain(version, 40)},`}`;
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
