/** A gate: a person is asked, and every other deadline stands still until the answer (P13). */
import { asFailure, failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { type Decision, decisionOf, type Gate, type OpenQuestion, type Question } from '../ask.js';
import { deadline, within } from '../deadline.js';
import type { Approval } from '../model.js';
import { approvedBefore, askedBefore, staleQuestion } from '../record.js';
import type { Walk } from '../walk.js';
import { lookAt } from './bake.js';
import { watchBlue } from './probe.js';

/** To say where it was asked what came of it; a release does not wait longer for that. */
const CLOSING_MS = 15_000;
/** After a long wait live traffic is measured anew for so long, so that the switch has something to be held against. */
const MEASURE_ANEW_MS = 5_000;
/** Between two looks at a green that is live, at least. */
const LOOK_MS = 60_000;

export async function gateBeforeSwitch(walk: Walk, signal: AbortSignal): Promise<string> {
  // Nobody wants a live URL to be probed for hours while a person thinks.
  for (const probe of walk.probes.values()) await probe.stop();
  walk.probes.clear();
  const detail = await ask(walk, 'switch', signal);
  await watchBlue(walk, signal);
  if (walk.probes.size > 0) await walk.ports.clock.sleep(MEASURE_ANEW_MS, signal);
  return detail;
}

export async function gateBeforeTeardown(walk: Walk, signal: AbortSignal): Promise<string> {
  if (walk.legs.every(leg => !leg.plan.blue)) return 'there is no blue to take away';
  return ask(walk, 'teardown', signal);
}

/** @throws GATE_DENIED and GATE_TIMED_OUT, which are outcomes rather than errors; GATE_BROKEN. */
async function ask(walk: Walk, gate: Gate, signal: AbortSignal): Promise<string> {
  const { journal, ledger, ports, plan } = walk;
  const digest = ports.gates.digest(plan, gate, journal.record.began ?? 0);
  const before = approvedBefore(journal.record, gate, digest);
  if (before) ledger.approvals.push(before);
  if (before) return `approved already by ${before.by.join(', ')}`;
  const approval = await walk.standStill(() => decide(walk, questionOf(walk, gate, digest), signal));
  ledger.approvals.push(approval);
  return conclude(walk, approval);
}

async function decide(walk: Walk, question: Question, signal: AbortSignal): Promise<Approval> {
  const { journal, ports, config } = walk;
  const { gate, digest, askedAt } = question;
  const doing = () => `waiting for the approval before the ${gate}`;
  const own = deadline(ports.clock, config.approval.within, signal, doing);
  try {
    const open = await put(walk, question, own.signal, signal);
    const actor = question.earlier?.actor ?? journal.record.holder?.actor ?? '';
    await journal.asked({ gate, digest, reference: open.reference, actor, at: askedAt }, signal);
    ports.log.info(open.invitation);
    const answer = await answered(walk, gate, open, own.signal, signal);
    const { how, link } = open;
    const approval: Approval = { gate, ...answer, at: ports.clock.now(), askedAt, how, link };
    await journal.decided({ ...approval, digest }, signal);
    await close(walk, open, approval);
    return approval;
  } finally {
    own.end();
  }
}

/**
 * Asks. Nobody can say no to a question that was never put, so that silence about it is no silence that anything follows
 * from. @throws GATE_BROKEN, and the reason of `signal`.
 */
async function put(
  { ports, config }: Walk,
  question: Question,
  own: AbortSignal,
  signal: AbortSignal,
): Promise<OpenQuestion> {
  try {
    return await ports.gates.open(question, own);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (!own.aborted || asFailure(thrown).code === 'GATE_BROKEN') throw thrown;
    const reason = `the question could not be put within ${formatDuration(config.approval.within)}.`;
    throw failure('GATE_BROKEN', { gate: question.gate, reason }, { cause: thrown });
  }
}

function questionOf({ journal, ledger, ports, plan, config }: Walk, gate: Gate, digest: string): Question {
  const askedAt = ports.clock.now();
  return {
    gate,
    plan,
    digest,
    findings: ledger.findings,
    checks: ledger.checks,
    probes: ledger.probes,
    askedAt,
    until: askedAt + config.approval.within,
    otherwise: config.approval.otherwise,
    earlier: askedBefore(journal.record, gate, digest),
    stale: staleQuestion(journal.record, gate, digest),
  };
}

/** The decision, or that nobody made one in time. Meanwhile green is looked at, where it is live already. */
async function answered(
  walk: Walk,
  gate: Gate,
  open: OpenQuestion,
  own: AbortSignal,
  signal: AbortSignal,
): Promise<Decision | { decision: 'timed-out'; by: readonly string[] }> {
  const over = new AbortController();
  const watching = gate === 'teardown' ? watchGreen(walk, AbortSignal.any([own, over.signal])) : undefined;
  const { clock, log } = walk.ports;
  const { interval } = walk.config.approval;
  try {
    return await decisionOf(open, { clock, interval, waiting: text => log.waiting(text) }, own);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (!own.aborted) throw thrown;
    return (await lastLook(walk, open, signal)) ?? { decision: 'timed-out', by: [] };
  } finally {
    over.abort();
    await watching;
  }
}

/** Between the last look and the end of the time somebody may have decided. What goes wrong with it decides nothing. */
async function lastLook({ ports }: Walk, open: OpenQuestion, signal: AbortSignal): Promise<Decision | undefined> {
  const { clock, log } = ports;
  try {
    const doing = () => `looking at ${open.how} for the last time`;
    const seen = await within(clock, CLOSING_MS, signal, doing, own => open.look(own), 0);
    return typeof seen === 'string' ? undefined : seen;
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    log.warning(`Whether somebody decided in the last moment is not known: ${asFailure(thrown).message}`);
    return undefined;
  }
}

/**
 * Goes on with the bake's looks, more slowly, and says once for each change when green does not hold. It decides
 * nothing: a person is about to.
 */
async function watchGreen(walk: Walk, signal: AbortSignal): Promise<void> {
  const { clock, log } = walk.ports;
  const troubles = new Map<string, string>();
  const quiet = { ...walk, ports: { ...walk.ports, log: { ...log, info: log.debug, warning: log.debug } } };
  while (!signal.aborted) {
    await clock.sleep(Math.max(LOOK_MS, walk.config.bake.interval), signal).catch(() => undefined);
    for (const leg of walk.legs) {
      if (signal.aborted) return;
      const { target } = leg.plan;
      const trouble = await lookAt(quiet, leg, signal).then(
        () => '',
        thrown => asFailure(thrown).message,
      );
      if (signal.aborted || trouble === (troubles.get(target) ?? '')) continue;
      troubles.set(target, trouble);
      if (trouble) log.warning(`While the approval is awaited: ${trouble}`);
      else log.info(`${target} holds again under live traffic.`);
    }
  }
}

/** That it cannot be said there changes nothing about the decision. */
async function close({ ports }: Walk, open: OpenQuestion, approval: Approval): Promise<void> {
  const { clock, last, log } = ports;
  try {
    await within(
      clock,
      CLOSING_MS,
      last,
      () => `closing ${open.how}`,
      signal => open.close(approval, signal),
      0,
    );
  } catch (thrown) {
    log.warning(`The decision stands, but it could not be said on ${open.how}: ${asFailure(thrown).message}`);
  }
}

function conclude({ config, ledger, ports }: Walk, { gate, decision, by, how, at, askedAt }: Approval): string {
  const waited = formatDuration(at - askedAt);
  if (decision === 'approved') return `approved by ${by.join(', ')} on ${how} after ${waited}`;
  if (decision === 'denied') throw failure('GATE_DENIED', { gate, by: by.join(', '), how });
  if (config.approval.otherwise !== 'proceed') throw failure('GATE_TIMED_OUT', { gate, how, waited });
  const note = `Nobody decided before the ${gate} within ${waited} (${how}); it goes on, as approval.otherwise says.`;
  ledger.notes.push(note);
  ports.log.warning(note);
  return `nobody decided within ${waited}; going on, as approval.otherwise says`;
}
