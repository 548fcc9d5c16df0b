/** How far a slot is: all of its workloads together. */
import type { Readiness } from '../../release/model.js';
import { type Belonging, isSame, recordedMembers } from './belongings.js';
import type { Context, Site } from './context.js';
import { knownMembers } from './members.js';
import { type Listed, listWorkload, type Wanted, watchReadiness } from './readiness.js';
import { slotKinds, workloadResource } from './workloads.js';

interface WantedSlot {
  readonly slot: string;
  readonly size: number;
  readonly version: string | undefined;
}

/** A slot of one workload costs what that one does; the further workloads are those that the main one tells of. */
export async function* watchSlot(
  context: Context,
  site: Site,
  { slot, size, version }: WantedSlot,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  const { namespace } = site;
  const { main, listed } = await findMain(context, site, slot, signal);
  const members = membersOf(site, slot, listed);
  const mainStates = watchReadiness(context, { ...main, namespace, size, version }, signal, listed);
  if (members.length === 0) return yield* mainStates;
  const stop = new AbortController();
  const own = AbortSignal.any([signal, stop.signal]);
  const wanted = members.map(
    (member): Wanted => ({
      name: member.name,
      namespace,
      resource: workloadResource(member),
      size: undefined,
      version,
    }),
  );
  const all = [mainStates, ...wanted.map(one => watchReadiness(context, one, own))];
  const names = [slot, ...members.map(({ name }) => name)];
  try {
    yield* together(all, names);
  } finally {
    stop.abort();
  }
}

/** Of the first kind that there is one of; a slot that does not exist is waited for as what it will most likely be. */
async function findMain({ client }: Context, { namespace, manifest }: Site, slot: string, signal: AbortSignal) {
  const kinds = slotKinds(manifest);
  let first: { readonly main: Pick<Wanted, 'name' | 'resource'>; readonly listed: Listed } | undefined;
  for (const resource of kinds) {
    const main = { name: slot, resource };
    const listed = await listWorkload(client, { ...main, namespace }, signal);
    first ??= { main, listed };
    if (listed.items.length > 0) return { main, listed };
  }
  if (!first) throw new Error('A slot has no kind.');
  return first;
}

function membersOf({ manifest }: Site, slot: string, { items }: Listed): readonly Belonging[] {
  const [main] = items;
  const planned = knownMembers(undefined, manifest, slot);
  const recorded = recordedMembers(main);
  return main ? recorded : planned.filter(one => !recorded.some(other => isSame(one, other)));
}

/** The latest state of each as one, from the first moment in which all are known. */
async function* together(
  all: readonly AsyncGenerator<Readiness>[],
  names: readonly string[],
): AsyncGenerator<Readiness> {
  const states: (Readiness | undefined)[] = all.map(() => undefined);
  const advance = async (index: number) => ({ index, turn: await all[index]?.next() });
  const pending = new Map(all.map((_, index) => [index, advance(index)]));
  try {
    while (pending.size > 0) {
      const { index, turn } = await Promise.race(pending.values());
      if (!turn || turn.done) {
        pending.delete(index);
        continue;
      }
      states[index] = turn.value;
      pending.set(index, advance(index));
      const known = states.filter(state => state !== undefined);
      if (known.length === all.length) yield joined(known, names);
    }
  } finally {
    // Their requests end with their signal, or with the next word of their watches.
    for (const one of pending.values()) one.catch(() => undefined);
  }
}

function joined(states: readonly Readiness[], names: readonly string[]): Readiness {
  const sum = (of: (state: Readiness) => number) => states.reduce((total, state) => total + of(state), 0);
  const hopeless = states.flatMap(({ hopeless }, index) => (hopeless ? [`${names[index]}: ${hopeless}`] : []));
  return {
    wanted: sum(state => state.wanted),
    ready: sum(state => state.ready),
    complete: states.every(state => state.complete),
    text: states.map(({ text }, index) => `${names[index]} ${text}`).join('; '),
    hopeless: hopeless[0],
  };
}
