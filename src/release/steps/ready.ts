/** Every wanted instance of the wanted version is up, and stays so for the settle time (P1). */
import { failure } from '../../failures.js';
import { count, formatDuration } from '../../lib/units.js';
import type { Readiness, TargetPlan } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { watchBlue } from './probe.js';
import { asFarAsItIs } from './sizes.js';

export async function ready(walk: Walk, signal: AbortSignal): Promise<string> {
  await everyLeg(walk, leg => raiseDeployed(walk, leg, signal));
  await watchBlue(walk, signal); // how live traffic is before the switch is what it is held against after it
  const sizes = await everyLeg(walk, async leg => untilReady(walk, await asFarAsItIs(walk, leg, signal), signal));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return `${count(total, 'instance')} ready for ${formatDuration(walk.config.settle)}`;
}

/** What another job deployed, hours ago, is of the size that blue had then. A switch that goes on has its own sizes. */
async function raiseDeployed({ journal, plan: all, ports, ledger }: Walk, { config, plan }: Leg, signal: AbortSignal) {
  if (all.steps.includes('deploy') || journal.record.phase === 'switching') return;
  ledger.changes.push(...(await ports.platform.scale(config, plan.green, plan.batch ?? plan.size, signal)));
}

/** Waits until green is complete, its first batch where it comes in batches, and has been so for the settle time. */
export async function untilReady(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<number> {
  const size = plan.batch ?? plan.size;
  const { platform, clock, log } = walk.ports;
  const started = clock.now();
  const waited = () => formatDuration(clock.now() - started);
  let last: Readiness | undefined;
  try {
    const states = platform.readiness(config, plan.green, { size, version: plan.version }, signal);
    for await (const state of settled(states, walk.config.settle, clock, signal)) {
      if (state === 'settled') return size;
      last = state;
      log.waiting(`${plan.green} ${state.text}, ${waited()}`);
      if (state.hopeless) throw failure('HOPELESS', { slot: plan.green, reason: state.hopeless });
    }
  } catch (thrown) {
    if (!isTimeout(thrown)) throw thrown;
    throw failure(
      'NOT_READY',
      { slot: plan.green, text: last?.text ?? 'nothing was seen', waited: waited() },
      { cause: thrown },
    );
  }
  throw failure('NOT_READY', { slot: plan.green, text: last?.text ?? 'nothing was seen', waited: waited() });
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'TIMEOUT';
}

/** The states as they come, and `settled` once a complete one has stood for `ms` without another state after it. */
async function* settled(
  states: AsyncIterable<Readiness>,
  ms: number,
  clock: Walk['ports']['clock'],
  signal: AbortSignal,
): AsyncIterable<Readiness | 'settled'> {
  const iterator = states[Symbol.asyncIterator]();
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  let completeSince: number | undefined;
  let next = iterator.next();
  try {
    while (true) {
      const left = completeSince === undefined ? undefined : completeSince + ms - clock.now();
      if (left !== undefined && left <= 0) return yield 'settled';
      const turn = left === undefined ? await next : await Promise.race([next, clock.sleep(left, over)]);
      if (turn === undefined) continue;
      if (turn.done) return;
      completeSince = turn.value.complete ? (completeSince ?? clock.now()) : undefined;
      yield turn.value;
      next = iterator.next();
    }
  } finally {
    stop.abort();
    next.catch(() => undefined);
    iterator.return?.().catch(() => undefined);
  }
}

/** The same plan for another number of instances. */
export function ofSize(plan: TargetPlan, size: number): TargetPlan {
  const { batch: _batch, ...rest } = plan;
  return { ...rest, size };
}

/** Readiness as it is now: the first state that the platform shows. */
export async function readinessNow(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<Readiness> {
  const wanted = { size: plan.size, version: plan.version };
  for await (const state of walk.ports.platform.readiness(config, plan.green, wanted, signal)) return state;
  return { wanted: plan.size, ready: 0, complete: false, text: 'nothing was seen', hopeless: undefined };
}
