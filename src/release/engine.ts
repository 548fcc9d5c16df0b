/** Walks the steps of a plan on the ports; on failure walks back, as far as the story says (DESIGN section 2). */

import { asFailure, type Failure, reportFailure } from '../failures.js';
import { within } from './deadline.js';
import { isDecided, walkBackAsDecided } from './decided.js';
import { explained } from './explain.js';
import type { FailureReport, Result, StepName } from './model.js';
import type { Phase } from './record.js';
import { removeGreen, restoreRoutes } from './recovery.js';
import { bake } from './steps/bake.js';
import { close } from './steps/close.js';
import { confirm } from './steps/confirm.js';
import { deploy } from './steps/deploy.js';
import { drain, drainWithin, watchesWork } from './steps/drain.js';
import { gateBeforeSwitch, gateBeforeTeardown } from './steps/gate.js';
import { stopProbes } from './steps/probe.js';
import { ready } from './steps/ready.js';
import { isBlueWhole } from './steps/sizes.js';
import { switchRoutes } from './steps/switch.js';
import { growthTime, switchTime } from './steps/switch-time.js';
import { teardown } from './steps/teardown.js';
import { verify } from './steps/verify.js';
import { told } from './tell.js';
import type { Walk } from './walk.js';

/** What a failure of the step leads to. */
type OnFailure = 'remove-green' | 'restore' | 'hold';

interface StepDefinition {
  readonly work: (walk: Walk, signal: AbortSignal) => Promise<string>;
  readonly onFailure: OnFailure;
  /** How far the release is while the step is made, as another run has to know it. */
  readonly phase: Phase;
  /**
   * Whether the record has to say that the step begins before it does: a later run decides by it. Other steps are
   * written down with the next one that has to be.
   */
  readonly recordFirst: (walk: Walk) => boolean;
  readonly deadline: (walk: Walk) => number;
}

const always = () => true;
const never = () => false;

/** The story from `deploy` on. `inspect`, `preflight` and `claim` come before there is anything to walk back. */
const STORY: Readonly<Partial<Record<StepName, StepDefinition>>> = {
  // The claim has just written the phase of the first three.
  deploy: step(deploy, 'remove-green', 'prepared', never, ({ config }) => config.deadlines.deploy),
  ready: step(ready, 'remove-green', 'prepared', never, ({ config }) => config.deadlines.ready),
  verify: step(verify, 'remove-green', 'prepared', never, ({ config }) => config.deadlines.verify),
  'gate-switch': step(gateBeforeSwitch, 'remove-green', 'prepared', always, gateDeadline),
  switch: step(switchRoutes, 'restore', 'switching', always, walk => growthTime(walk) + switchTime(walk)),
  confirm: step(confirm, 'restore', 'switching', never, ({ config }) => config.deadlines.confirm),
  bake: step(bake, 'restore', 'confirmed', isWatched, ({ config }) => config.bake.for + config.deadlines.verify),
  'gate-teardown': step(gateBeforeTeardown, 'hold', 'settled', always, gateDeadline),
  drain: step(drain, 'hold', 'settled', takesTime, drainDeadline),
  teardown: step(teardown, 'hold', 'settled', always, ({ config }) => config.deadlines.teardown),
  close: step(close, 'hold', 'settled', never, ({ config }) => config.deadlines.deploy),
};

function step(
  work: StepDefinition['work'],
  onFailure: OnFailure,
  phase: Phase,
  recordFirst: StepDefinition['recordFirst'],
  deadline: StepDefinition['deadline'],
): StepDefinition {
  return { work, onFailure, phase, recordFirst, deadline };
}

/** A bake of no time and without checks is over before anybody could come upon it; the next step is written down. */
function isWatched({ config }: Walk): boolean {
  return config.bake.for > 0 || config.bake.checks.length > 0;
}

function takesTime({ config }: Walk): boolean {
  return config.teardown.after > 0 || watchesWork(config);
}

/** The step ends by its own times; the minute more is for a platform that does not answer. */
function drainDeadline({ config }: Walk): number {
  return config.teardown.after + drainWithin(config) + 60_000;
}

/** A person has the time that the configuration says; the rest is for asking, and for saying what came of it. */
function gateDeadline({ config }: Walk): number {
  return config.approval.within + 120_000;
}

/** How the walk ended. `phase` is what the record says for the next run. */
export interface WalkEnd {
  readonly result: Result;
  readonly phase: Phase;
  readonly failures: readonly FailureReport[];
}

/**
 * Walks the plan. `signal` carries the user's cancel and the total deadline; walking back has deadlines of its own, so
 * that neither keeps live traffic from being restored.
 */
export async function walkPlan(walk: Walk, signal: AbortSignal): Promise<WalkEnd> {
  for (const name of walk.plan.steps) {
    const definition = STORY[name];
    if (!definition) continue;
    const failed = await walkStep(walk, name, definition, signal);
    if (failed) return walkBack(walk, name, definition, failed);
  }
  await stopProbes(walk);
  return walkedToTheEnd(walk);
}

/** Whether anything is left for a later verb to do: a switch after `deploy`, blue's removal after `switch`. */
function walkedToTheEnd({ plan, config, journal }: Walk): WalkEnd {
  if (!plan.steps.includes('switch') && !plan.steps.includes('teardown')) {
    return { result: 'waiting', phase: journal.record.phase === 'settled' ? 'settled' : 'prepared', failures: [] };
  }
  const blueWaits = ['run', 'switch'].includes(config.verb) && config.teardown.how !== 'keep';
  if (blueWaits && !plan.steps.includes('teardown') && plan.targets.some(target => target.blue))
    return { result: 'waiting', phase: 'settled', failures: [] };
  return { result: 'succeeded', phase: 'closed', failures: [] };
}

/** Makes one step. Answers the failure, if there was one. */
async function walkStep(
  walk: Walk,
  name: StepName,
  definition: StepDefinition,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const make = async () => {
    signal.throwIfAborted();
    if (definition.recordFirst(walk)) await walk.journal.note(name, 'begun', definition.phase, signal);
    else walk.journal.jot(name, 'begun');
    const doing = () => `waiting for ${name} of ${greens(walk)}`;
    const work = (own: AbortSignal) => definition.work(walk, own);
    const detail = await within(walk.ports.clock, definition.deadline(walk), signal, doing, work);
    await noteDone(walk, name, definition.phase, signal);
    return { detail };
  };
  try {
    await told(walk.ports, walk.ledger, name, `${greens(walk)}, version ${walk.plan.version}`, make);
    return undefined;
  } catch (thrown) {
    return asFailure(thrown);
  }
}

/** Steps that change the platform: that they are done is written down at once, for whoever comes upon the release. */
const CHANGING: ReadonlySet<StepName> = new Set(['deploy', 'switch']);
const NOTE_MS = 5_000;

/** Nothing has to be decided by it: a note that cannot be written now is written with the next one. */
async function noteDone({ journal, ports }: Walk, name: StepName, phase: Phase, signal: AbortSignal): Promise<void> {
  if (!CHANGING.has(name)) return journal.jot(name, 'done');
  const note = (own: AbortSignal) => journal.note(name, 'done', phase, own);
  try {
    await within(ports.clock, NOTE_MS, signal, () => `noting that ${name} is done`, note);
  } catch (thrown) {
    const failed = asFailure(thrown);
    if (failed.code === 'TAKEN_OVER' || signal.aborted) throw failed;
    ports.log.debug(`That ${name} is done is noted later: ${failed.message}`);
    journal.jot(name, 'done');
  }
}

/** What a failure leads to, and how the run ends by it. */
async function walkBack(walk: Walk, name: StepName, definition: StepDefinition, failed: Failure): Promise<WalkEnd> {
  if (isDecided(failed)) return walkBackAsDecided(walk, name, failed);
  const policy = policyOf(walk, definition);
  // Live traffic that has to be put back does not wait for explanations.
  const failures = [policy === 'remove-green' ? await explained(walk, failed, name) : reportFailure(failed, name)];
  await stopProbes(walk);
  if (failed.code === 'TAKEN_OVER') return { result: 'refused', phase: definition.phase, failures };
  if (failed.code === 'CHECKS_HELD') return held(walk, policy, failures);
  const cancelled = failed.result === 'cancelled';
  switch (policy) {
    case 'remove-green':
      if (cancelled) return left(walk, 'prepared', failures, `${greens(walk)} is not live and was left as it is.`);
      failures.push(...(await removeGreen(walk)));
      return { result: 'failed', phase: 'closed', failures };
    case 'restore':
      return restoreOrHold(walk, name, cancelled, failures);
    case 'hold':
      if (cancelled)
        return left(
          walk,
          'settled',
          failures,
          'Green is live and the switch is finished; only blue is left to remove.',
        );
      walk.ledger.notes.push(
        `${name} did not finish, so blue is partly or wholly there, and no traffic was moved for that; run the teardown verb to finish.`,
      );
      return { result: 'degraded', phase: 'settled', failures };
  }
}

/** A release that goes on from a switch that was begun by an earlier run may find green live already, even in `ready`. */
function policyOf(walk: Walk, definition: StepDefinition): OnFailure {
  const switching = walk.journal.record.phase === 'switching';
  return switching && definition.onFailure === 'remove-green' ? 'restore' : definition.onFailure;
}

async function restoreOrHold(
  walk: Walk,
  name: StepName,
  cancelled: boolean,
  failures: FailureReport[],
): Promise<WalkEnd> {
  if (cancelled && name === 'bake') {
    return left(walk, 'confirmed', failures, 'Green is live and confirmed, and blue is still there at full size.');
  }
  // New instances of blue take longer than a cancel leaves; healthy ones of both slots serve, and as many as before.
  if (cancelled && name === 'switch' && walk.legs.some(leg => leg.plan.batch !== undefined)) {
    return left(walk, 'switching', failures, 'Some instances were exchanged, and both slots serve together.');
  }
  if (cancelled && !(await isBlueWhole(walk, walk.ports.last))) {
    return left(
      walk,
      'switching',
      failures,
      'Blue has not all of its instances ready, so nothing was taken from green.',
    );
  }
  if (walk.legs.every(leg => !leg.plan.blue)) {
    walk.ledger.notes.push('This is the first release: there is no blue to go back to, so green stays where it is.');
    return { result: cancelled ? 'cancelled' : 'degraded', phase: 'closed', failures };
  }
  // Before the last write green has not got all of the traffic: nothing that anybody would want to hold on to.
  const isSwitched = name === 'confirm' || name === 'bake';
  const holds = holdReason(walk.config);
  if (holds && isSwitched && !cancelled) {
    walk.ledger.notes.push(`${holds}: the routing was left as it is, and blue is still there at full size.`);
    return { result: 'degraded', phase: 'confirmed', failures };
  }
  const restored = await restoreRoutes(walk, cancelled);
  failures.push(...restored.failures);
  if (restored.failures.some(isTakenOver)) return { result: 'refused', phase: 'restoring', failures };
  if (restored.failures.length > 0) {
    walk.ledger.notes.push(
      'Both slots were left at full size, so users are served by whichever the routing leads to. The same command again, or rollback, brings the release to its end.',
    );
    return { result: 'rollback-failed', phase: 'restoring', failures };
  }
  if (cancelled) return { result: 'cancelled', phase: 'prepared', failures };
  failures.push(...(await removeGreen(walk)));
  return { result: restored.moved ? 'rolled-back' : 'failed', phase: 'closed', failures };
}

/** Why a failure after the switch is held, if it is. */
function holdReason(config: Walk['config']): string | undefined {
  if (!config['rollback-safe'])
    return `rollback-safe is false, so the version before may not be able to run beside what ${config.version} changed`;
  return config['on-failure'] === 'hold' ? 'on-failure is hold' : undefined;
}

export function isTakenOver(failed: FailureReport): boolean {
  return failed.code === 'TAKEN_OVER';
}

/** A person is to look at what the checks could not: everything stays as it is, and the record says how far it came. */
function held(walk: Walk, policy: OnFailure, failures: readonly FailureReport[]): WalkEnd {
  const result = policy === 'remove-green' ? 'refused' : 'degraded';
  return { result, phase: walk.journal.record.phase, failures };
}

/** Cancelled with nothing to undo: the state is a clean one, and is said. */
function left(walk: Walk, phase: Phase, failures: readonly FailureReport[], note: string): WalkEnd {
  walk.ledger.notes.push(`${note} Run the same command again to go on.`);
  return { result: 'cancelled', phase, failures };
}

function greens(walk: Walk): string {
  return walk.legs.map(leg => leg.plan.green).join(', ');
}
