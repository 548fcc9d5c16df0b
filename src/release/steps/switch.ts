/** The switch: one conditional write per route, and one more for each stage on the way, each right after readiness was read again (P1, P4). */
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { within } from '../deadline.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { growWithBlue } from './growth.js';
import { reportSilence, watchBlue } from './probe.js';
import { readinessNow } from './ready.js';
import { atStage, refillBlue, wholeGreen } from './sizes.js';
import { beforeNext, walkStages } from './stages.js';
import { exchangeAll, exchangeOf } from './stepwise.js';
import { growthTime, switchTime } from './switch-time.js';
import { writeRoutes } from './writes.js';

export async function switchRoutes(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock } = walk.ports;
  for (const leg of walk.legs) sayRollback(walk, leg);
  const grow = (own: AbortSignal) => everyLeg(walk, leg => growWithBlue(walk, leg, own));
  const growing = () => 'waiting for green to grow as blue did';
  // Whoever goes back does not wait for that.
  if (!walk.plan.rollback) await within(clock, growthTime(walk), signal, growing, grow);
  const moved = (own: AbortSignal) => moveTraffic(walk, own);
  return within(clock, switchTime(walk), signal, () => 'moving live traffic', moved);
}

async function moveTraffic(walk: Walk, signal: AbortSignal): Promise<string> {
  await watchBlue(walk, signal);
  reportSilence(walk);
  // Of several targets none is switched unless all may be; the write of each route counts its pods once more (P1).
  const whole = walk.legs.filter(leg => leg.plan.batch === undefined);
  if (walk.legs.length > 1) for (const leg of whole) await requireReady(walk, atStage(leg, 0), signal);
  await walkStages(walk, signal);
  await wholeGreen(walk, signal);
  // In the declared order, one after the other: a failure leaves the fewest routes to restore (P15).
  for (const leg of walk.legs) {
    const exchange = exchangeOf(walk, leg);
    if (exchange) await exchangeAll(walk, exchange, signal);
    else await switchLeg(walk, leg, signal);
  }
  const slowest = Math.max(0, ...walk.ledger.switches.map(write => write.answeredInMs));
  return `${walk.legs.map(leg => `${leg.plan.blue ?? 'nothing'} -> ${leg.plan.green}`).join(', ')}, answered in ${formatDuration(slowest)}`;
}

/** A rollback command is printed before it is needed. */
function sayRollback(walk: Walk, { plan }: Leg): void {
  if (!plan.blue) {
    walk.ports.log.info(`${plan.target}: this is the first release, so there is nothing to roll back to.`);
  } else if (plan.rollbackCommand) {
    walk.ports.log.info(`${plan.target}: to go back by hand while ${plan.blue} is there:\n  ${plan.rollbackCommand}`);
  }
}

async function requireReady(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  const now = await readinessNow(walk, leg, signal);
  if (!now.complete) throw failure('NO_LONGER_READY', { slot: leg.plan.green, text: now.text });
}

async function switchLeg(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  const { plan } = leg;
  await writeRoutes(walk, leg, beforeNext(plan), plan.next, signal);
  await refillBlue(walk, leg, signal);
  if (plan.stages.length === 0) walk.probes.get(plan.target)?.mark(walk.ports.clock.now());
}
