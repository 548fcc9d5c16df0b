/**
 * Shares that are made by numbers of instances: green grows while it is live and never shrinks, blue shrinks and never
 * grows, and one of them is at full size at every moment. So whoever comes after a run that died sees by the sizes how
 * far it came, and makes again only what is missing.
 */
import { asFailure, failure } from '../../failures.js';
import { within } from '../deadline.js';
import { heldBy } from '../fence.js';
import type { Slot, StageSizes, TargetPlan } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { ofSize, readinessNow, untilReady } from './ready.js';

/** Whether the shares of a target are made by sizes. */
export function isSized({ stages }: TargetPlan): boolean {
  return stages.some(({ sizes }) => sizes !== undefined);
}

/** Whether blue loses instances on the way, so that it has to get them back before it could serve alone. */
export function shrinksBlue({ stages, size }: TargetPlan): boolean {
  return stages.some(({ sizes }) => sizes !== undefined && sizes.blue < size);
}

/** The leg as a stage wants it: with as much of green as the stage has. */
export function atStage({ config, plan }: Leg, index: number): Leg {
  const { sizes } = plan.stages[index] ?? {};
  return sizes ? { config, plan: ofSize(plan, sizes.green) } : { config, plan };
}

/**
 * What of green has to be ready before the switch goes on. Whole before it begins, even if a run before was cancelled on
 * its way; half-way as much as it has then, and that is at least what the first stage wants.
 */
export async function asFarAsItIs(walk: Walk, leg: Leg, signal: AbortSignal): Promise<Leg> {
  if (!isSized(leg.plan)) return leg;
  if (walk.journal.record.phase === 'switching') return atStage(leg, 0);
  await grow(walk, leg, leg.plan.green, leg.plan.size, signal);
  return leg;
}

/** Before the write of a stage: as much of green as the stage wants, and ready. No route leads to it before the first. */
export async function sizeGreen(walk: Walk, leg: Leg, sizes: StageSizes, signal: AbortSignal): Promise<void> {
  const { config, plan } = leg;
  const live = await liveNow(walk, leg, signal);
  if (live === plan.green) return;
  if (live === plan.blue) await shrink(walk, leg, plan.green, sizes.green, signal);
  const grown = live !== plan.blue && (await grow(walk, leg, plan.green, sizes.green, signal));
  await untilWhole(walk, { config, plan: ofSize(plan, sizes.green) }, grown, signal);
}

/** After the write of a stage: blue gives up what green makes up for. Green is read again right before it (P1). */
export async function sizeBlue(walk: Walk, leg: Leg, sizes: StageSizes, signal: AbortSignal): Promise<void> {
  const { config, plan } = leg;
  if (plan.blue === undefined || sizes.blue >= plan.size) return;
  if ((await liveNow(walk, leg, signal)) === plan.green) return;
  const now = await readinessNow(walk, { config, plan: ofSize(plan, sizes.green) }, signal);
  if (!now.complete) throw failure('NO_LONGER_READY', { slot: plan.green, text: now.text });
  await shrink(walk, leg, plan.blue, sizes.blue, signal);
}

/** Before green gets all of the traffic: all of it is there, and ready. */
export async function wholeGreen(walk: Walk, signal: AbortSignal): Promise<void> {
  await everyLeg(walk, async leg => {
    if (!isSized(leg.plan)) return;
    const grown = await grow(walk, leg, leg.plan.green, leg.plan.size, signal);
    await untilWhole(walk, leg, grown, signal);
  });
}

/** Once nothing leads to blue: it gets back what it gave up, so that the way back is short. Nothing waits for it here. */
export async function refillBlue(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  const { blue, size } = leg.plan;
  if (blue === undefined || !shrinksBlue(leg.plan)) return;
  try {
    await grow(walk, leg, blue, size, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const note = `${blue} could not be brought back to its ${size} instances, so a way back would take longer: ${asFailure(thrown).message}`;
    walk.ledger.notes.push(note);
    walk.ports.log.warning(note);
  }
}

/**
 * Blue as it was, before anything is taken from green. If it does not come up, that is said: what is decided by it is
 * decided by the write, which is refused unless blue is ready.
 */
export async function growBlueBack(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  if (!shrinksBlue(leg.plan)) return;
  const { clock, log } = walk.ports;
  const blue = blueOf(leg);
  const grown = await grow(walk, leg, blue.plan.green, blue.plan.size, signal);
  const doing = () => `waiting for ${blue.plan.green} to be whole again`;
  try {
    await within(clock, walk.config.deadlines.ready, signal, doing, own => untilWhole(walk, blue, grown, own));
  } catch (thrown) {
    signal.throwIfAborted();
    log.warning(`${blue.plan.green} is not whole again: ${asFailure(thrown).message}`);
  }
}

/**
 * After a cancel: whether blue could serve alone now. If it cannot, it is told to grow, and nobody waits for it. Where
 * that is not known the way back is tried, for it says what came of it.
 */
export async function isBlueWhole(walk: Walk, signal: AbortSignal): Promise<boolean> {
  try {
    const whole = await everyLeg(walk, async leg => {
      if (!shrinksBlue(leg.plan)) return true;
      const blue = blueOf(leg);
      const grown = await grow(walk, leg, blue.plan.green, blue.plan.size, signal);
      return !grown && (await readinessNow(walk, blue, signal)).complete;
    });
    return whole.every(one => one);
  } catch (thrown) {
    walk.ports.log.warning(`Whether blue is whole is not known: ${asFailure(thrown).message}`);
    return true;
  }
}

/** The same leg with blue as what has to be ready. */
function blueOf({ config, plan }: Leg): Leg {
  const { blue = '', blueVersion: version, size } = plan;
  return { config, plan: { ...ofSize(plan, size), green: blue, version } };
}

async function liveNow({ ports }: Walk, { config }: Leg, signal: AbortSignal): Promise<Slot | undefined> {
  return (await ports.platform.inspect(config, signal)).live;
}

/** Answers whether anything had to be written. */
async function grow(walk: Walk, { config }: Leg, slot: Slot, size: number, signal: AbortSignal): Promise<boolean> {
  const changes = await walk.ports.platform.scale(config, slot, size, signal);
  walk.ledger.changes.push(...changes);
  return changes.length > 0;
}

async function shrink(walk: Walk, { config }: Leg, slot: Slot, size: number, signal: AbortSignal): Promise<void> {
  const { platform } = walk.ports;
  const changes = await platform.shrink?.(config, slot, size, signal, heldBy(walk));
  if (changes) walk.ledger.changes.push(...changes);
  else throw failure('NOTHING_TO_DO', { verb: 'switch', reason: `the platform ${platform.id} cannot shrink a slot` });
}

/** New instances have to stand for the settle time; those that were ready before only have to be so still. */
async function untilWhole(walk: Walk, leg: Leg, grown: boolean, signal: AbortSignal): Promise<void> {
  if (grown || !(await readinessNow(walk, leg, signal)).complete) await untilReady(walk, leg, signal);
}
