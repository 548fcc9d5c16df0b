/** Walking back: routes restored in reverse order and proven, green taken away. Failures are collected, not thrown. */
import { asFailure, failure, reportFailure, writesBefore } from '../failures.js';
import type { TeardownHow } from '../platforms/port.js';
import { within } from './deadline.js';
import { heldBy } from './fence.js';
import type { Change, FailureReport, SwitchEvidence } from './model.js';
import { growBlueBack, shrinksBlue } from './steps/sizes.js';
import { growBlueAgain } from './steps/stepwise.js';
import { baseline, type Leg, type Walk } from './walk.js';

export interface Restored {
  /** What went wrong; empty means that all traffic is on blue, proven. */
  readonly failures: readonly FailureReport[];
  /** Whether any traffic had been moved: by this run, or by the one that it went on from. */
  readonly moved: boolean;
}

/**
 * Puts back the routing of every leg that has a blue, in reverse order (P15), and proves it. One leg's failure does
 * not keep the others from being restored.
 */
export async function restoreRoutes(walk: Walk, cancelled: boolean): Promise<Restored> {
  const { clock, last, log } = walk.ports;
  const { deadlines } = walk.config;
  // After a cancel every moment counts: a write in flight has had its time already.
  const grace = cancelled ? 0 : undefined;
  // Where instances of blue were given up, they have to come back first.
  const isSmaller = walk.legs.some(({ plan }) => plan.batch !== undefined || shrinksBlue(plan));
  const limit = deadlines.switch + deadlines.confirm + (isSmaller ? deadlines.ready : 0);
  const endGroup = log.group(
    `restore: traffic goes back to ${walk.legs.flatMap(leg => leg.plan.blue ?? []).join(', ')}`,
  );
  const failures: FailureReport[] = [];
  let moved = walk.ledger.switches.some(write => walk.legs.some(leg => isSwitch(leg, write)));
  try {
    const lost = await noteRestoring(walk, last);
    if (lost) return { failures: [lost], moved };
    for (const leg of [...walk.legs].reverse()) {
      if (!leg.plan.blue) {
        if (gotTraffic(walk, leg)) walk.ledger.notes.push(staysText(leg));
        continue;
      }
      try {
        const doing = () => `restoring the routing of ${leg.plan.target}`;
        const writes = await within(clock, limit, last, doing, signal => restoreLeg(walk, leg, signal), grace);
        moved ||= writes > 0;
      } catch (thrown) {
        failures.push(restoreFailure(leg, thrown));
      }
    }
  } finally {
    endGroup();
  }
  return { failures, moved };
}

/** Whether a write moved traffic to green, unlike an adoption. */
function isSwitch({ plan }: Leg, write: SwitchEvidence): boolean {
  const onward = [...plan.stages.map(stage => stage.routing), plan.next].flatMap(({ routes }) => routes);
  return plan.target === write.target && onward.some(route => route.text === write.to);
}

/** Whether a route of the target was led to green: of a first release that is not undone. */
function gotTraffic({ ledger }: Walk, leg: Leg): boolean {
  return ledger.switches.some(write => isSwitch(leg, write));
}

function staysText({ plan: { target, green } }: Leg): string {
  return `This was the first release of ${target}: there is nothing to go back to, so ${green} stays live.`;
}

/** Answers how many routes had to be written. */
async function restoreLeg(walk: Walk, leg: Leg, signal: AbortSignal): Promise<number> {
  const { platform, log } = walk.ports;
  const { config, plan } = leg;
  const blue = plan.blue ?? '';
  await growBlueAgain(walk, leg, signal);
  await growBlueBack(walk, leg, signal);
  const writes = await restoreWrites(walk, leg, signal);
  if (!writes) return 0;
  walk.ledger.switches.push(...writes);
  const verdict = await platform.confirm(config, baseline(plan), blue, signal);
  // A blue that was broken before the release cannot be confirmed by endpoints; that its routing is back is what counts.
  if (verdict.verdict === 'fail') throw failure('NOT_CONFIRMED', { target: plan.target, reason: verdict.reason });
  const what = writes.length > 0 ? 'The previous routing is back' : 'The routing had not been changed';
  walk.ledger.notes.push(`${what}: ${plan.target} serves from ${blue}.`);
  log.info(`${what}: ${plan.target} serves from ${blue}: ${verdict.reason}.`);
  return writes.length;
}

/**
 * The writes that put the routing back. Undefined: somebody else had changed the route before this run could, so it is
 * theirs, and it is left alone (P4).
 */
async function restoreWrites(
  walk: Walk,
  leg: Leg,
  signal: AbortSignal,
): Promise<readonly SwitchEvidence[] | undefined> {
  const { config, plan } = leg;
  try {
    return await walk.ports.platform.route(config, plan.next, baseline(plan), signal, heldBy(walk));
  } catch (thrown) {
    walk.ledger.switches.push(...writesBefore(thrown));
    if (asFailure(thrown).code !== 'ROUTE_CHANGED' || areOurs(walk, leg)) throw thrown;
    walk.ledger.notes.push(`The routing of ${plan.target} was changed by somebody else and was left as they made it.`);
    return undefined;
  }
}

/** Whether this run moved all routes of a target: then none of them can have been somebody else's before. */
function areOurs({ ledger }: Walk, leg: Leg): boolean {
  const moved = ledger.switches.filter(write => isSwitch(leg, write)).map(({ route }) => route);
  return leg.plan.next.routes.every(({ route }) => moved.includes(route));
}

function restoreFailure({ plan }: Leg, thrown: unknown): FailureReport {
  const failed = asFailure(thrown);
  // Whoever took the release over brings it to its end: there is nothing that a person has to do.
  if (failed.code === 'TAKEN_OVER') return reportFailure(failed, undefined);
  const commands = plan.rollbackCommand ? [plan.rollbackCommand] : [];
  const reason = `${plan.target}: ${failed.message}`;
  return { ...reportFailure(failure('RESTORE_FAILED', { reason, commands }), undefined), details: failed.details };
}

/**
 * The record says that routes are being restored; if even that cannot be written, restoring goes on all the same. Answers
 * a failure when another run has taken the release over: then restoring is theirs.
 */
async function noteRestoring(walk: Walk, signal: AbortSignal): Promise<FailureReport | undefined> {
  try {
    await within(
      walk.ports.clock,
      2_000,
      signal,
      () => 'noting the restoration',
      own => walk.journal.note('switch', 'failed', 'restoring', own),
      0,
    );
  } catch (thrown) {
    const failed = asFailure(thrown);
    if (failed.code === 'TAKEN_OVER') return reportFailure(failed, undefined);
    walk.ports.log.warning(`The record could not be written before restoring: ${failed.message}`);
  }
  return undefined;
}

/** Removes what this run deployed, as `failed-green` says. Green is not live here: nothing was switched, or all is restored. */
export async function removeGreen(walk: Walk): Promise<readonly FailureReport[]> {
  const how = walk.config['failed-green'];
  // What a first release made live stays: there is no slot to lead its users to.
  const legs = walk.legs.filter(leg => leg.plan.blue !== undefined || !gotTraffic(walk, leg));
  const greens = legs.map(leg => leg.plan.green).join(', ');
  if (how === 'keep') {
    walk.ledger.notes.push(`${greens} was kept, as failed-green says, and gets no live traffic.`);
    return [];
  }
  const endGroup = walk.ports.log.group(`undo: ${greens} is taken away (${how})`);
  const failures: FailureReport[] = [];
  for (const leg of legs) {
    try {
      const doing = () => `taking ${leg.plan.green} away`;
      const changes = await within(walk.ports.clock, walk.config.deadlines.teardown, walk.ports.last, doing, signal =>
        takeAway(walk, leg, how, signal),
      );
      walk.ledger.changes.push(...changes);
    } catch (thrown) {
      failures.push(reportFailure(asFailure(thrown), undefined));
      walk.ledger.notes.push(`${leg.plan.green} could not be taken away and was left behind; it gets no live traffic.`);
    }
  }
  endGroup();
  return failures;
}

/** How long requests are waited for that were under way on green when traffic went back; a cancel has not much longer. */
const UNDER_WAY_MS = 2_000;
const LOOK_AGAIN_MS = 200;

async function takeAway(walk: Walk, leg: Leg, how: TeardownHow, signal: AbortSignal): Promise<readonly Change[]> {
  const { config, plan } = leg;
  if (walk.ledger.switches.some(({ target }) => target === plan.target)) await untilLeft(walk, leg, signal);
  return await walk.ports.platform.teardown(config, plan.green, how, signal, heldBy(walk));
}

/** Where the load balancers count connections: until they have none to green any more, or do not know. */
async function untilLeft({ ports }: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<void> {
  const { clock, platform } = ports;
  const limit = clock.now() + UNDER_WAY_MS;
  while (platform.pending && clock.now() < limit) {
    const count = await platform.pending(config, plan.green, signal);
    if ('problem' in count || count.value === 0) return;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}
