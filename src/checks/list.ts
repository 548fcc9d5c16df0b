/** Makes a list of checks, at once or one after the other, to the end or to the first failure. */
import type { CheckConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import { DeadlinePassed, deadline, sharedSignal } from '../lib/poll.js';
import { formatDuration } from '../lib/units.js';
import type { CheckReport } from '../release/model.js';
import type { CheckRequest } from '../release/walk.js';
import { inspect, kindOf, nameOf } from './index.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/** Checks that take longer than that are named as being waited for. */
const SAY_AFTER_MS = 5_000;

/**
 * Makes the checks and reports them in their order. Throws for the signal alone, and only when every check has ended:
 * nothing that was started is left behind. A check that was stopped, or not begun, is unknown. `onStopped` is told
 * how far the checks came when the signal ended them.
 */
export async function runChecks(
  request: CheckRequest,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<readonly CheckReport[]> {
  signal.throwIfAborted();
  const { parallel = true, failFast = false } = request;
  const failed = new AbortController();
  const either = sharedSignal(signal, failed.signal);
  const named = withNames(request.checks);
  const left = new Set(named.map(({ name }) => name));
  const ended = new AbortController();
  const saying = sayWhatIsLeft(left, named.length, tools, ended.signal);
  const make = async (each: Named) => {
    const report = await reportOf(each, request, tools, signal, either);
    left.delete(each.name);
    if (failFast && isFailure(report, each.check)) failed.abort(new AnotherFailed(report.name));
    return report;
  };
  try {
    const reports = parallel ? await allOf(named.map(make)) : await inTurn(named, make);
    if (signal.aborted) request.onStopped?.(reports);
    signal.throwIfAborted();
    return reports;
  } finally {
    ended.abort();
    await saying;
  }
}

/** Says which checks take long, for as long as they do. */
async function sayWhatIsLeft(
  left: ReadonlySet<string>,
  total: number,
  { clock, log }: CheckTools,
  until: AbortSignal,
): Promise<void> {
  const pause = () =>
    clock.sleep(SAY_AFTER_MS, until).then(
      () => true,
      () => false, // it is over
    );
  while (await pause()) log.waiting?.(plain(`${left.size} of ${total} checks to go: ${[...left].join(', ')}`, 200));
}

/** Waits for all of them, whatever becomes of each. */
async function allOf(made: readonly Promise<CheckReport>[]): Promise<readonly CheckReport[]> {
  await Promise.allSettled(made);
  return Promise.all(made);
}

interface Named {
  readonly check: CheckConfig;
  readonly name: string;
}

/** Two checks of one list never bear the same name: a report of one must not stand for the other. */
function withNames(checks: readonly CheckConfig[]): readonly Named[] {
  const seen = new Map<string, number>();
  return checks.map(check => {
    const name = nameOf(check);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { check, name: times === 1 ? name : `${name} (${times})` };
  });
}

async function inTurn(
  checks: readonly Named[],
  make: (named: Named) => Promise<CheckReport>,
): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const check of checks) reports.push(await make(check));
  return reports;
}

/** Why a check was stopped, or not begun: `name` had failed. */
class AnotherFailed extends Error {
  constructor(name: string) {
    super(`It was not made to its end, because ${name} had failed.`);
    this.name = 'AnotherFailed';
  }
}

/** Whether nothing that the other checks find can make the list pass any more. */
function isFailure({ verdict }: CheckReport, { 'on-unknown': onUnknown = 'fail' }: CheckConfig): boolean {
  return verdict === 'fail' || (verdict === 'unknown' && onUnknown === 'fail');
}

async function reportOf(
  { check, name }: Named,
  request: CheckRequest,
  tools: CheckTools,
  signal: AbortSignal,
  either: AbortSignal,
): Promise<CheckReport> {
  const subject: Subject = { ...request, target: request.target.name, identity: request.target.identity };
  const startedAt = tools.clock.now();
  const result = await resultOf(check, subject, tools, signal, either);
  const isUnknown = result.verdict === 'unknown';
  return {
    name,
    kind: kindOf(check),
    target: subject.target,
    step: request.step,
    slot: subject.slot,
    ...result,
    tolerated: isUnknown && check['on-unknown'] === 'pass',
    holds: isUnknown && check['on-unknown'] === 'hold',
    durationMs: tools.clock.now() - startedAt,
  };
}

/** What came of a check within its deadline, unless another one failed before it ended. */
async function resultOf(
  check: CheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
  either: AbortSignal,
): Promise<CheckResult> {
  using limit = check.deadline === undefined ? undefined : deadline(either, check.deadline, tools.clock);
  const own = limit?.signal ?? either;
  try {
    own.throwIfAborted();
    return await inspect(check, subject, tools, own);
  } catch (thrown) {
    if (signal.aborted) return { verdict: 'unknown', reason: 'It was stopped before it came to its end.', attempts: 0 };
    if (own.reason instanceof AnotherFailed) return { verdict: 'unknown', reason: own.reason.message, attempts: 0 };
    if (!(own.reason instanceof DeadlinePassed)) throw thrown;
    const reason = `It did not come to its end within ${formatDuration(own.reason.waitedMs)}.`;
    return { verdict: 'fail', reason, attempts: 0 };
  }
}
