/** The time before blue goes: kept for as long as was asked for, then watched until it has no work left. Never moves traffic (P8). */
import type { Config } from '../../config/schema.js';
import { asFailure, failure } from '../../failures.js';
import { count, formatDuration } from '../../lib/units.js';
import type { Slot } from '../model.js';
import { everyLeg, type Leg, type Pending, type Walk } from '../walk.js';

/** How long blue is watched for the end of its work. */
export function drainWithin({ drain, deadlines }: Config): number {
  return drain.within ?? deadlines.drain;
}

/** Whether anything says how much work blue has. */
export function watchesWork({ drain: { gauge, prometheus, connections } }: Config): boolean {
  return gauge !== undefined || prometheus !== undefined || connections;
}

export async function drain(walk: Walk, signal: AbortSignal): Promise<string> {
  const kept = await keep(walk, signal);
  const drained = (await everyLeg(walk, leg => untilDrained(walk, leg, signal))).filter(text => text !== '');
  return [kept, ...drained].join('; ');
}

/** Keeps blue for the time that was asked for, ready to go back to. */
async function keep(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock, log } = walk.ports;
  const { after } = walk.config.teardown;
  const blues = walk.legs.flatMap(leg => leg.plan.blue ?? []);
  if (after === 0 || blues.length === 0) return 'no time to go back was asked for';
  const until = clock.now() + after;
  for (let left = after; left > 0; left = until - clock.now()) {
    log.waiting(`${blues.join(', ')} kept for another ${formatDuration(left)}`);
    await clock.sleep(Math.min(left, 10_000), signal);
  }
  return `${blues.join(', ')} kept for ${formatDuration(after)}`;
}

/**
 * Counts the work of blue until every count was zero so many times in a row. Whatever is not known is not zero (P14); an
 * instance that restarted begins anew; one that is gone has nothing left to lose.
 * @throws NOT_DRAINED at the end of the time, unless the policy is to proceed.
 */
export async function untilDrained(
  walk: Walk,
  leg: Leg,
  signal: AbortSignal,
  only?: readonly string[],
): Promise<string> {
  const { zeros, interval } = walk.config.drain;
  const { blue } = leg.plan;
  if (!watchesWork(walk.config) || !blue) return '';
  const { clock, log } = walk.ports;
  const within = drainWithin(walk.config);
  const until = clock.now() + within;
  let rows: Rows = new Map();
  while (true) {
    const readings = ofInstances(await readAll(walk, leg, blue, signal), only);
    rows = zerosInARow(rows, 'problem' in readings ? [] : readings.pending);
    if (!('problem' in readings) && [...rows.values()].every(row => row >= zeros)) return `${blue} has no work left`;
    const text = 'problem' in readings ? readings.problem : pendingText(readings.pending);
    if (clock.now() >= until) return overdue(walk, blue, within, text);
    log.waiting(`${blue}: ${text}`);
    await clock.sleep(Math.max(1, Math.min(interval, until - clock.now())), signal);
  }
}

/** Of some instances alone; what was counted of all of them together says nothing of these. */
function ofInstances(readings: Readings, only: readonly string[] | undefined): Readings {
  if (only === undefined || 'problem' in readings) return readings;
  return { pending: readings.pending.filter(({ by, instance }) => by === undefined && only.includes(instance)) };
}

/** Zeros in a row, by who counted and the life of the instance. */
type Rows = ReadonlyMap<string, number>;
export type Readings = { readonly pending: readonly Pending[] } | { readonly problem: string };

/** A platform that does not answer says nothing of the work: that is unknown, and asked again. */
export async function readAll(walk: Walk, { config, plan }: Leg, slot: Slot, signal: AbortSignal): Promise<Readings> {
  try {
    const blue = { slot, version: plan.blueVersion };
    return { pending: await walk.ports.pending(config, blue, walk.config.drain, signal) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { problem: `its work could not be counted: ${asFailure(thrown).message}` };
  }
}

function zerosInARow(before: Rows, pending: readonly Pending[]): Rows {
  return new Map(
    pending.map(({ by = '', instance, life, operations }) => {
      const key = `${by} ${instance} ${life}`;
      const isZero = 'value' in operations && operations.value === 0;
      return [key, isZero ? (before.get(key) ?? 0) + 1 : 0];
    }),
  );
}

/** `7 operations pending on 2 instances; not known of Prometheus (it has no data); the load balancer counts 3 connections`. */
export function pendingText(pending: readonly Pending[]): string {
  const own = pending.filter(({ by }) => by === undefined);
  return (
    [...(own.length > 0 ? [ownText(own)] : []), ...pending.flatMap(othersText)].join('; ') || 'no instance is left'
  );
}

/** `7 operations pending on 2 instances, not known of 1 instance (shop-blue-x: requests_open is missing)`. */
function ownText(pending: readonly Pending[]): string {
  const busy = pending.flatMap(({ operations }) => ('value' in operations && operations.value > 0 ? operations : []));
  const unknown = pending.flatMap(({ instance, operations }) =>
    'problem' in operations ? [`${instance}: ${operations.problem}`] : [],
  );
  const total = busy.reduce((sum, { value }) => sum + value, 0);
  const known = `${count(total, 'operation')} pending on ${count(busy.length, 'instance')}`;
  return unknown.length === 0 ? known : `${known}, not known of ${count(unknown.length, 'instance')} (${unknown[0]})`;
}

function othersText({ by, operations }: Pending): readonly string[] {
  if (by === undefined) return [];
  const who = by === 'prometheus' ? 'Prometheus' : 'the load balancer';
  if ('problem' in operations) return [`not known of ${who} (${operations.problem})`];
  const what = by === 'prometheus' ? count(operations.value, 'operation') : count(operations.value, 'connection');
  return [`${who} counts ${what}`];
}

function overdue({ config, ledger, ports }: Walk, blue: Slot, within: number, text: string): string {
  const waited = formatDuration(within);
  if (config.drain.otherwise === 'hold') throw failure('NOT_DRAINED', { slot: blue, waited, text });
  const note = `${blue} had not drained after ${waited} (${text}); it was taken away all the same, as drain.otherwise says.`;
  ledger.notes.push(note);
  ports.log.warning(note);
  return `${blue} had not drained after ${waited}: ${text}`;
}
