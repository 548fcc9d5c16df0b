/** From where traffic goes to where it shall go: new weights, and nothing else (P4). Pure. */
import type { Json, Slot } from '../../../release/model.js';
import type { Backend, BackendKind, Entry, Parts, Place } from './kinds.js';

/** The backends of the two slots. */
export type SlotBackends = ReadonlyMap<Slot, Backend>;

/** Percent of traffic by slot; together 100. */
export type Shares = Readonly<Record<Slot, number>>;

export function isSame(one: Backend | undefined, other: Backend | undefined): boolean {
  return one !== undefined && other !== undefined && one.service === other.service && one.subset === other.subset;
}

/** The slot that an entry leads to; undefined for somebody else's. */
export function slotOf(entry: Entry, backends: SlotBackends): Slot | undefined {
  return [...backends].find(([, backend]) => isSame(entry.backend, backend))?.[0];
}

/** Places that send traffic to a slot. A place that names a slot and gives it nothing is left as it is. */
export function livePlaces(places: readonly Place[], backends: SlotBackends): readonly Place[] {
  return places.filter(({ entries }) =>
    entries.some(entry => entry.weight > 0 && slotOf(entry, backends) !== undefined),
  );
}

/** Slots that get traffic in any of these places. */
export function slotsServed(places: readonly Place[], backends: SlotBackends): readonly Slot[] {
  const served = places.flatMap(({ entries }) =>
    entries.filter(({ weight }) => weight > 0).flatMap(entry => slotOf(entry, backends) ?? []),
  );
  return [...new Set(served)];
}

/**
 * What each place says when the slots share its traffic like this. What a place gives to others stays as it is, in
 * proportion. An entry is added for a slot that has none and needs one; none is taken away.
 */
export function partsFor(kind: BackendKind, places: readonly Place[], backends: SlotBackends, shares: Shares): Parts {
  return Object.fromEntries(
    places.map(({ pointer, entries }) => [pointer, kind.value(valuesFor(kind, entries, backends, shares))]),
  );
}

function valuesFor(
  kind: BackendKind,
  entries: readonly Entry[],
  backends: SlotBackends,
  shares: Shares,
): readonly Json[] {
  if (!kind.weighs) return entries.map(entry => swapped(kind, entry, backends, shares));
  const own = entries.filter(entry => slotOf(entry, backends) !== undefined);
  const total = own.reduce((sum, { weight }) => sum + weight, 0);
  const { weightOf, othersTimes } = weighing(kind, total, own.length < entries.length, shares);
  const given = new Set<Slot>();
  const values = entries.map(entry => {
    const slot = slotOf(entry, backends);
    if (slot === undefined || entry.backend === undefined) {
      return othersTimes === 1 ? entry.value : { ...(entry.value as object), weight: entry.weight * othersTimes };
    }
    const weight = given.has(slot) ? 0 : weightOf(slot);
    given.add(slot);
    return kind.entry(entry.value, entry.backend, weight);
  });
  const [like] = own;
  const missing = [...backends].filter(([slot]) => !given.has(slot) && weightOf(slot) > 0);
  return [...values, ...missing.map(([slot, backend]) => kind.entry(like?.value ?? {}, backend, weightOf(slot)))];
}

/** Weights are whole numbers: those of others grow where a share of a small weight would not be one. */
function weighing(kind: BackendKind, total: number, hasOthers: boolean, shares: Shares) {
  const shareOf = (slot: Slot) => shares[slot] ?? 0;
  const isWhole = (slot: Slot) => (total * shareOf(slot)) % 100 === 0;
  if (Object.keys(shares).every(isWhole)) {
    return { weightOf: (slot: Slot) => (total * shareOf(slot)) / 100, othersTimes: 1 };
  }
  if (!hasOthers) return { weightOf: shareOf, othersTimes: 1 };
  if (!kind.adds100) return { weightOf: (slot: Slot) => total * shareOf(slot), othersTimes: 100 };
  // The weights of the place have to stay in sum what they are: the first slot gets at least 1, the other the rest.
  const [first = '', ...rest] = Object.keys(shares);
  const rounded = Math.min(Math.max(1, Math.round((total * shareOf(first)) / 100)), Math.max(1, total - rest.length));
  return {
    weightOf: (slot: Slot) => (slot === first ? rounded : slot in shares ? total - rounded : 0),
    othersTimes: 1,
  };
}

/** A kind without weights leads to one slot at a time: the one that has it all. */
function swapped(kind: BackendKind, entry: Entry, backends: SlotBackends, shares: Shares): Json {
  const whole = [...backends].find(([slot]) => shares[slot] === 100)?.[1];
  return slotOf(entry, backends) === undefined || !whole ? entry.value : kind.entry(entry.value, whole, 1);
}
