/** The story of a release, from the first look at the platform to the outcome. */
import { asFailure, failure, reportFailure } from './failures.js';
import { type Begun, begin } from './release/begin.js';
import { deadline } from './release/deadline.js';
import { walkPlan } from './release/engine.js';
import { finishFirst } from './release/finish.js';
import { Journal, lockedBy } from './release/journal.js';
import type { Outcome, StepName } from './release/model.js';
import { concluded, type Ending } from './release/outcome.js';
import { decide, type SliceVerb } from './release/plan.js';
import { journalPorts, observe, type Seen, type Session } from './release/session.js';
import { emptyLedger, type Ledger, legsOf, type Walk } from './release/walk.js';

/** How often a run that waits for another one looks again. */
const LOOK_AGAIN_MS = 5_000;

/** Runs one of the verbs that walk the story. It does not throw: whatever happens is an outcome. */
export async function run(session: Session, verb: SliceVerb, show: (begun: Begun) => void): Promise<Outcome> {
  const ledger = emptyLedger();
  const { clock } = session.ports;
  const startedAt = clock.now();
  const doing = () => `releasing version ${session.config.version}`;
  const total = deadline(clock, session.config.deadline, session.cancel, doing);
  const ending = await story(session, verb, show, ledger, total.signal).catch(stopped);
  total.end();
  return concluded(session, ledger, startedAt, ending);
}

async function story(
  session: Session,
  verb: SliceVerb,
  show: (begun: Begun) => void,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<Ending> {
  const seen = await free(session, verb, signal);
  const decision = decide(session.config, verb, seen);
  switch (decision.kind) {
    case 'unchanged':
      ledger.notes.push(`Version ${session.config.version} is live already, so nothing was written.`);
      return nothingWritten('unchanged');
    case 'nothing':
      throw failure('NOTHING_TO_DO', { verb, reason: decision.reason });
    case 'locked':
      throw lockedBy(decision.record, session.ports.platform.records, seen.now);
    case 'finish-first':
      await finishFirst(session, seen, decision.record, decision.how, ledger);
      return story(session, verb, show, ledger, signal);
    case 'begin':
    case 'resume': {
      const begun = await begin(session, verb, decision, seen, ledger, signal);
      show(begun);
      if (verb === 'plan' || session.config['dry-run']) return { ...nothingWritten('succeeded'), plan: begun.plan };
      return walk(session, begun, seen, ledger, signal);
    }
  }
}

/** Looks until nobody else holds the release, for as long as the configuration says. */
async function free(session: Session, verb: SliceVerb, signal: AbortSignal): Promise<Seen> {
  const { clock, log, platform } = session.ports;
  const wait = session.config.lock.wait ?? 0;
  const until = clock.now() + wait;
  while (true) {
    const seen = await observe(session, signal);
    const decision = decide(session.config, verb, seen);
    if (decision.kind !== 'locked' || verb === 'plan' || clock.now() >= until) return seen;
    log.waiting(lockedBy(decision.record, platform.records, seen.now).message);
    await clock.sleep(Math.min(LOOK_AGAIN_MS, until - clock.now()), signal);
  }
}

/** Claims the record, keeps it alive, and walks the plan. */
async function walk(session: Session, begun: Begun, seen: Seen, ledger: Ledger, signal: AbortSignal): Promise<Ending> {
  const { config, ports } = session;
  const journal = await Journal.claim(journalPorts(session), begun.plan, begun.phase, seen.found, signal);
  if (!journal) throw await overtaken(session, signal);
  const over = new AbortController();
  const lost = new AbortController();
  const alive = journal.keepAlive(over.signal, thrown => lost.abort(thrown), ports.log.warning);
  const walking: Walk = {
    config,
    ports,
    journal,
    ledger,
    plan: begun.plan,
    legs: legsOf(config, begun.plan),
    probes: new Map(),
  };
  try {
    const end = await walkPlan(walking, AbortSignal.any([signal, lost.signal]));
    return { ...end, plan: begun.plan, journal };
  } finally {
    over.abort();
    await alive;
  }
}

/** Two runs saw a free record and the other one was faster (P9). */
async function overtaken(session: Session, signal: AbortSignal) {
  const seen = await observe(session, signal);
  const reason = 'the record of this release changed while it was being claimed';
  return seen.record
    ? lockedBy(seen.record, session.ports.platform.records, seen.now)
    : failure('NOTHING_TO_DO', { verb: session.config.verb, reason });
}

function nothingWritten(result: 'unchanged' | 'succeeded'): Ending {
  return { result, phase: 'closed', failures: [], plan: undefined, journal: undefined };
}

/** A failure before anything was walked: nothing of this run is on the platform. */
function stopped(thrown: unknown): Ending {
  const failed = asFailure(thrown);
  const step: StepName = failed.code === 'PREFLIGHT' ? 'preflight' : 'inspect';
  const failures = [reportFailure(failed, step)];
  return { result: failed.result, phase: 'closed', failures, plan: undefined, journal: undefined };
}
