/**
 * The catalogue: code -> message, hint, result. Whatever goes wrong reaches people as one of these.
 * A platform adds the codes of its own wire with `catalogue()` in its own folder.
 */
import type { FailureReport, Result, StepName, SwitchEvidence } from './release/model.js';

/** Exit codes of DESIGN section 7. `waiting` is 5 only when the user asked for strict gates. */
export const EXIT_CODES: Readonly<Record<Result, number>> = {
  succeeded: 0,
  unchanged: 0,
  waiting: 0,
  invalid: 2,
  refused: 3,
  'rolled-back': 4,
  failed: 1,
  degraded: 6,
  'rollback-failed': 7,
  cancelled: 130,
};

/** What a catalogue entry says. `result` is how a run ends if the failure comes before anything was switched. */
export interface Explanation {
  /** What happened, and where: a whole sentence. */
  readonly message: string;
  /** What to do next: a whole sentence. */
  readonly hint: string;
  readonly result?: 'invalid' | 'refused' | 'failed' | 'cancelled';
}

/** An error that a person can act on. */
export class Failure extends Error {
  readonly code: string;
  readonly hint: string;
  readonly result: 'invalid' | 'refused' | 'failed' | 'cancelled';
  /** The platform's own words, one a line. */
  readonly details: readonly string[];

  constructor(code: string, explanation: Explanation, options: { cause?: unknown; details?: readonly string[] } = {}) {
    super(explanation.message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = explanation.hint;
    this.result = explanation.result ?? 'failed';
    this.details = options.details ?? [];
  }
}

/** Whether something thrown is a failure of one of these codes. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): thrown is Failure {
  return thrown instanceof Failure && codes.includes(thrown.code);
}

/** What somebody else said, as the last sentence of a message; nothing when they said nothing. */
export function quoted(words: string): string {
  return words === '' ? '' : ` It said: ${words}`;
}

const writesMade = new WeakMap<object, readonly SwitchEvidence[]>();

/** What was thrown, with the routing writes that had been made before it: they are evidence, and have to be undone. */
export function afterWrites(thrown: unknown, writes: readonly SwitchEvidence[]): unknown {
  if (typeof thrown === 'object' && thrown !== null) writesMade.set(thrown, writes);
  return thrown;
}

/** The routing writes that had been made before this was thrown. */
export function writesBefore(thrown: unknown): readonly SwitchEvidence[] {
  return (typeof thrown === 'object' && thrown !== null && writesMade.get(thrown)) || [];
}

type Catalogue = Readonly<Record<string, (facts: never) => Explanation>>;

/** Turns a table of explanations into a function that makes the failure of a code. */
export function catalogue<C extends Catalogue>(entries: C) {
  return <K extends keyof C & string>(
    code: K,
    facts: Parameters<C[K]>[0],
    options: { cause?: unknown; details?: readonly string[] } = {},
  ): Failure => {
    const explain = entries[code] as (facts: Parameters<C[K]>[0]) => Explanation;
    return new Failure(code, explain(facts), options);
  };
}

/** What there is to say of checks that did not all pass. */
interface ChecksFacts {
  readonly step: StepName;
  readonly wrong: number;
  readonly total: number;
  /** The name and the reason of one of them. */
  readonly first: string;
}

/** The codes that every platform shares. */
export const failure = catalogue({
  INVALID_CONFIGURATION: ({ problems }: { problems: readonly string[] }) => ({
    message:
      problems.length === 1
        ? `The configuration has a mistake: ${problems[0]}`
        : `The configuration has ${problems.length} mistakes:\n${problems.map(text => `  - ${text}`).join('\n')}`,
    hint: 'Nothing was contacted or written. Correct the inputs and run again.',
    result: 'invalid' as const,
  }),
  PREFLIGHT: ({ sentences }: { sentences: readonly string[] }) => ({
    message:
      sentences.length === 1
        ? `Preflight found a reason not to start: ${sentences[0]}`
        : `Preflight found ${sentences.length} reasons not to start:\n${sentences.map(text => `  - ${text}`).join('\n')}`,
    hint: 'Nothing was written and the live traffic is as it was. Correct what is named, then run again.',
    result: 'refused' as const,
  }),
  NOT_READY: ({ slot, text, waited }: { slot: string; text: string; waited: string }) => ({
    message: `${slot} did not become ready within ${waited}: ${text}.`,
    hint: 'Look at what the platform says below; if it only needs longer, raise ready-timeout.',
  }),
  HOPELESS: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} will not become ready by waiting: ${reason}.`,
    hint: 'Correct what the platform names, then run again.',
  }),
  NO_LONGER_READY: ({ slot, text }: { slot: string; text: string }) => ({
    message: `${slot} was ready, but no longer is right before the switch: ${text}.`,
    hint: 'Find out why its instances came and went before running again.',
  }),
  CHECKS_FAILED: ({ step, wrong, total, first }: ChecksFacts) => ({
    message: `${wrong} of ${total} checks did not pass during ${step}: ${first}`,
    hint: `${step === 'verify' ? 'Green got no live traffic.' : 'Users may have met it since the switch.'} The table of checks says what each expected and what came. Make the first that failed by hand against blue: if it fails there as well, the check, or what it relies on, is broken and not this version. Otherwise look at what green logged at that time, correct it, and release again.`,
  }),
  CHECKS_HELD: ({ step, wrong, total, first }: ChecksFacts) => ({
    message: `${wrong} of ${total} checks could not be made during ${step}, and on-unknown is hold: ${first}`,
    hint:
      step === 'verify'
        ? 'Green is there and gets no live traffic. Run the same command again to make the checks again, the switch verb to go on without them, or release another version in its place.'
        : 'Both slots are there as they are. Run the same command again to make the checks again, or the rollback verb to go back.',
    result: 'refused' as const,
  }),
  SIZE_CHANGED: ({ target, blue, planned, now }: { target: string; blue: string; planned: number; now: number }) => ({
    message: `The shares of ${target} were planned for ${planned} instances of ${blue}, which has ${now} now.`,
    hint: 'Run the same command again, which plans anew; pause what scales it meanwhile.',
  }),
  NOT_CONFIRMED: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} was written, but could not be confirmed: ${reason}`,
    hint: 'Find out what keeps the platform from following the routing before running again.',
  }),
  BAKE_FAILED: ({ target, reason }: { target: string; reason: string }) => ({
    message: `${target} did not hold while it was watched under live traffic: ${reason}`,
    hint: 'The evidence says which answers failed and when.',
  }),
  NOT_DRAINED: ({ slot, waited, text }: { slot: string; waited: string; text: string }) => ({
    message: `${slot} still had work, or did not say that it had none, after ${waited}: ${text}.`,
    hint: 'Green is live and blue is untouched. Run the teardown verb when its work has ended, or raise drain.within.',
  }),
  STILL_LIVE: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} was not torn down, because it may still get live traffic: ${reason}`,
    hint: 'Find out who routes to it; then run the teardown verb.',
  }),
  GATE_DENIED: ({ gate, by, how }: { gate: string; by: string; how: string }) => ({
    message: `The ${gate} was denied by ${by} on ${how}.`,
    hint: 'Ask them why; then release a version that they approve.',
    result: 'refused' as const,
  }),
  GATE_TIMED_OUT: ({ gate, how, waited }: { gate: string; how: string; waited: string }) => ({
    message: `Nobody decided about the ${gate} within ${waited} on ${how}.`,
    hint: 'Ask the approvers and run the same command again, or raise approval.within.',
    result: 'refused' as const,
  }),
  GATE_BROKEN: ({ gate, reason }: { gate: string; reason: string }) => ({
    message: `Nobody could be asked before the ${gate}: ${reason}`,
    hint: 'Correct what is named, then run again. The page docs/approval.md has each way of approval and what it needs.',
  }),
  TIMEOUT: ({ waited, what }: { waited: string; what: string }) => ({
    message: `Gave up after ${waited} while ${what}.`,
    hint: 'If it only needs longer, raise the timeout of this step.',
  }),
  CANCELLED: ({ what }: { what: string }) => ({
    message: `Stopped by a signal while ${what}.`,
    hint: 'Run the same command again to go on.',
    result: 'cancelled' as const,
  }),
  LOCKED: ({ holder, step, age, term, command }: Record<'holder' | 'step' | 'age' | 'term' | 'command', string>) => ({
    message: `Another run holds this release: ${holder}, at step ${step}, last heard of ${age} ago.`,
    hint: `To wait for it, run again with lock-wait: 30m. If that run is gone, the verb abort lets go of what it left once it was silent for ${term}, and the same command again goes on from there. Its record: ${command}`,
    result: 'refused' as const,
  }),
  RECORD_UNREADABLE: ({ reason, command }: { reason: string; command: string }) => ({
    message: `The record of this release cannot be read: ${reason}.`,
    hint: `Look at it with: ${command}`,
    result: 'refused' as const,
  }),
  ROUTE_UNREADABLE: ({ route, problem }: { route: string; problem: string }) => ({
    message: `What the record of this release says of ${route} cannot be used: ${problem}.`,
    hint: 'Somebody edited the record, or another version of Cutover wrote it: put it back as it was. If nobody knows how, see that the traffic is where it should be, and delete the record.',
    result: 'refused' as const,
  }),
  TAKEN_OVER: ({ holder }: { holder: string }) => ({
    message: `This run does not hold the release any more: ${holder}. It stops and writes nothing more.`,
    hint: 'A run that is silent for longer than its term, such as on a paused runner, may be taken over. Look at the other run, or at the status verb, for the outcome.',
  }),
  UNFINISHED: ({ version, wanted }: { version: string; wanted: string }) => ({
    message: `A release of version ${version} is unfinished, and this run was asked for ${wanted}.`,
    hint: `Run version ${version} again to finish it, or the rollback verb to undo it.`,
    result: 'refused' as const,
  }),
  NOTHING_TO_DO: ({ verb, reason }: { verb: string; reason: string }) => ({
    message: `There is nothing that ${verb} could do: ${reason}.`,
    hint: 'The status verb shows what the platform has.',
    result: 'refused' as const,
  }),
  RESTORE_FAILED: ({ reason, commands }: { reason: string; commands: readonly string[] }) => ({
    message: `The previous routing could not be put back: ${reason}`,
    hint: commands.length ? `A person is needed now. Type: ${commands.join(' ; ')}` : 'A person is needed now.',
  }),
  UNEXPECTED: ({ reason }: { reason: string }) => ({
    message: `Something happened that this tool does not know: ${reason}`,
    hint: 'Run again with debug logging (ACTIONS_STEP_DEBUG or CUTOVER_DEBUG=1) and report what it prints.',
  }),
});

/** Any thrown value as a Failure; what nobody foresaw becomes UNEXPECTED and keeps its cause. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return failure('UNEXPECTED', { reason }, { cause: thrown });
}

/** A failure as data, for reports. */
export function reportFailure(failed: Failure, step: StepName | undefined): FailureReport {
  return { code: failed.code, step, message: failed.message, hint: failed.hint, details: failed.details };
}
