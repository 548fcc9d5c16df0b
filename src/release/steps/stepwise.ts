/**
 * The way from blue to green a few instances at a time, where there is no room for two full colours: green grows by a
 * batch, gets traffic once it is ready, and as many of blue leave the load balancers, end their work, and only then go.
 * Every turn begins with what the platform shows, so that a run that was stopped goes on where it was.
 */

import { failure } from '../../failures.js';
import { count, formatDuration } from '../../lib/units.js';
import type { Batches, BatchInstance } from '../../platforms/port.js';
import { heldBy } from '../fence.js';
import type { Slot } from '../model.js';
import type { Leg, Walk } from '../walk.js';
import { untilDrained } from './drain.js';
import { checkLive } from './live-checks.js';
import { pauseWatching, requireAnswers, whileAnswered } from './probe.js';
import { ofSize, readinessNow, untilReady } from './ready.js';
import { keepWrites } from './writes.js';

/** A target whose plan says batches, with its blue. */
interface Exchange extends Leg {
  readonly batches: Batches;
  readonly blue: Slot;
  readonly batch: number;
}

/** The exchange that a leg is, or undefined where it is switched in one go. */
export function exchangeOf({ ports }: Walk, leg: Leg): Exchange | undefined {
  const { batch, blue } = leg.plan;
  if (batch === undefined || blue === undefined) return undefined;
  const { batches } = ports.platform;
  if (batches) return { ...leg, batches, blue, batch };
  const reason = `the platform ${ports.platform.id} cannot exchange single instances`;
  throw failure('NOTHING_TO_DO', { verb: 'strategy stepwise', reason });
}

/** Exchanges all of blue. Afterwards green alone gets the traffic, at full size, and blue has no instance left. */
export async function exchangeAll(walk: Walk, exchange: Exchange, signal: AbortSignal): Promise<void> {
  const { config, batches, blue } = exchange;
  let isHeld = false;
  for (let turn = 1; ; turn++) {
    const left = await batches.look(config, blue, signal);
    if (left.instances.length === 0) break;
    await growGreen(walk, exchange, left.size, signal);
    await exchangeOne(walk, exchange, turn, signal);
    const { size } = await batches.look(config, blue, signal);
    isHeld = await observe(walk, exchange, size, isHeld, signal);
  }
  await growGreen(walk, exchange, 0, signal);
  await admit(walk, exchange, [], signal);
  await endWanted(walk, exchange, signal);
}

/** A blue whose instances never come up is asked for some and has none: nothing of it could be exchanged. */
async function endWanted(walk: Walk, { config, batches, blue }: Exchange, signal: AbortSignal): Promise<void> {
  const { size } = await batches.look(config, blue, signal);
  if (size === 0) return;
  const { platform } = walk.ports;
  walk.ledger.changes.push(...(await platform.teardown(config, blue, 'scale-to-zero', signal, heldBy(walk))));
}

/** Green gets what blue does not have any more, and a batch besides; all of it is ready before it gets traffic (P1). */
async function growGreen(walk: Walk, exchange: Exchange, blueSize: number, signal: AbortSignal): Promise<void> {
  const { config, plan, batch } = exchange;
  const room = blueSize === 0 ? plan.size : plan.size - blueSize + batch;
  const size = Math.min(plan.size, Math.max(batch, room));
  walk.ledger.changes.push(...(await walk.ports.platform.scale(config, plan.green, size, signal)));
  await untilReady(walk, { config, plan: ofSize(plan, size) }, signal);
}

/** One batch: into the load balancers with green, out with some of blue, until these have no work left; then they go. */
async function exchangeOne(walk: Walk, exchange: Exchange, turn: number, signal: AbortSignal): Promise<void> {
  const { config, plan, batches, blue } = exchange;
  const { log } = walk.ports;
  const before = await batches.look(config, blue, signal);
  await admit(walk, exchange, before.instances, signal);
  const green = await batches.look(config, plan.green, signal);
  const leaving = await batches.leaving?.(config, plan, signal);
  const picked = pick(before.instances, green.instances, exchange, leaving);
  if (picked.length === 0) return;
  const staying = before.instances.filter(({ id }) => !picked.includes(id));
  await admit(walk, exchange, staying, signal);
  const drained = await whileAnswered(walk, plan.target, signal, own => untilDrained(walk, exchange, own, picked));
  const changes = await batches.end(config, blue, picked, signal, heldBy(walk));
  walk.ledger.changes.push(...changes);
  const rest = await batches.look(config, blue, signal);
  log.info(
    `${plan.target}, batch ${turn}: ${count(picked.length, 'instance')} of ${blue} ended${drained ? ` (${drained})` : ''}; ${rest.size} of ${blue} and ${green.instances.length} of ${plan.green} serve.`,
  );
}

/**
 * Who of blue goes next: unhealthy ones first, then the oldest, and never so many that fewer are healthy than the target
 * is wanted to have. Where the load balancers decide who leaves, of those alone. Pure.
 */
export function pick(
  blue: readonly BatchInstance[],
  green: readonly BatchInstance[],
  { plan, batch }: Pick<Exchange, 'plan' | 'batch'>,
  leaving?: readonly string[],
): readonly string[] {
  const healthy = (instances: readonly BatchInstance[]) => instances.filter(one => one.isHealthy).length;
  let spare = healthy(blue) + healthy(green) - plan.size;
  const inOrder = blue
    .filter(({ id }) => leaving?.includes(id) ?? true)
    .sort((one, other) => {
      return (
        Number(one.isHealthy) - Number(other.isHealthy) || one.since - other.since || one.id.localeCompare(other.id)
      );
    });
  const picked: string[] = [];
  for (const { id, isHealthy } of inOrder) {
    if (picked.length >= batch) break;
    if (isHealthy && spare <= 0) continue;
    if (isHealthy) spare -= 1;
    picked.push(id);
  }
  return picked;
}

/** Live traffic goes to all of green and to these of blue, and every load balancer is seen to follow. */
async function admit(
  walk: Walk,
  { config, plan, batches }: Exchange,
  blue: readonly BatchInstance[],
  signal: AbortSignal,
): Promise<void> {
  const ids = blue.filter(({ isHealthy }) => isHealthy).map(({ id }) => id);
  const writes = await batches.admit(config, plan, ids, signal, heldBy(walk));
  keepWrites(walk, writes);
  if (writes.length > 0) walk.probes.get(plan.target)?.mark(walk.ports.clock.now());
  const verdict = await batches.confirm(config, plan, ids, signal);
  if (verdict.verdict !== 'pass') throw failure('NOT_CONFIRMED', { target: plan.target, reason: verdict.reason });
}

/** Between two batches: green whole, users answered, checks passed; and once, at the canary's share, for longer. */
async function observe(
  walk: Walk,
  exchange: Exchange,
  blueSize: number,
  isHeld: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { config, plan } = exchange;
  const { pause, canary } = walk.config.stepwise;
  const share = 1 - blueSize / plan.size;
  const isCanary = !isHeld && canary !== undefined && share >= canary.at && blueSize > 0;
  const span = isCanary ? canary.for : pause;
  const { clock, log } = walk.ports;
  const until = clock.now() + span;
  for (let left = span; left > 0; left = until - clock.now()) {
    log.waiting(`${plan.green} has ${Math.round(share * 100)} % of the instances, watched for ${formatDuration(left)}`);
    await pauseWatching(walk, exchange, Math.min(left, walk.config.bake.interval), signal);
    const least = Math.max(1, plan.size - blueSize);
    const state = await readinessNow(walk, { config, plan: ofSize(plan, least) }, signal);
    if (!state.complete)
      throw failure('BAKE_FAILED', { target: plan.target, reason: `${plan.green} is ${state.text}` });
  }
  requireAnswers(walk, plan.target);
  await checkLive(walk, exchange, 'switch', walk.config.switch.checks, signal);
  return isHeld || isCanary;
}

/** Blue as it was: so many instances, all of them healthy, before any traffic goes back to them. */
export async function growBlueAgain(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<void> {
  const { batch, blue, blueVersion } = plan;
  if (batch === undefined || blue === undefined) return;
  // None of it ended: it is as it was before the release, whole or not.
  const { size = plan.size } = (await walk.ports.platform.batches?.look(config, blue, signal)) ?? {};
  if (size >= plan.size) return;
  walk.ledger.changes.push(...(await walk.ports.platform.scale(config, blue, plan.size, signal)));
  await untilReady(walk, { config, plan: { ...ofSize(plan, plan.size), green: blue, version: blueVersion } }, signal);
}
