/** How ready a slot is: every index of its web process by itself, for one that runs says nothing of the others. */
import type { TargetConfig } from '../../config/schema.js';
import type { Readiness } from '../../release/model.js';
import { findApp, isReady, readSlot, readyOf, type SlotObjects, versionOf } from './apps.js';
import type { Foundation } from './foundation.js';
import type { Instance } from './objects.js';

export interface Wanted {
  readonly slot: string;
  readonly size: number;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/** So many looks at which something had crashed and nothing ran, and more of them will not help. */
const HOPELESS_LOOKS = 5;
/** So many lives of each instance of which none got to run: crashes may be too short to be seen. */
const HOPELESS_LIVES = 4;
const LOOK_MS = 2_000;
const FIRST_LOOK_MS = 100;

/** At once, and then whenever it has changed. */
export async function* watchReadiness(
  foundation: Foundation,
  target: TargetConfig,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  let last: string | undefined;
  let crashed = 0;
  const lives = new Set<string>();
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.3, LOOK_MS)) {
    const app = await findApp(foundation, target, wanted.slot, signal);
    const found = await readSlot(foundation, wanted.slot, app, signal);
    const { instances } = found;
    if (instances.some(({ state }) => state === 'RUNNING')) {
      crashed = 0;
      lives.clear();
    } else if (instances.some(({ state }) => state === 'CRASHED')) crashed += 1;
    for (const { instance_guid: life } of instances) if (life) lives.add(life);
    const isHopeless = crashed >= HOPELESS_LOOKS || lives.size >= HOPELESS_LIVES * Math.max(1, instances.length);
    const state = readinessOf(wanted, found, isHopeless);
    const text = JSON.stringify(state);
    if (text !== last) yield state;
    last = text;
    await foundation.client.clock.sleep(pause, signal);
  }
}

/** Pure: whether everything that was asked for is there, of the wanted version, running and routable. */
export function readinessOf(wanted: Wanted, found: SlotObjects, keepsCrashing: boolean): Readiness {
  const { size, slot, version } = wanted;
  const { app, web, instances } = found;
  const none = (text: string): Readiness => ({
    wanted: size,
    ready: 0,
    complete: false,
    text: `0/${size} ready, ${text}`,
    hopeless: undefined,
  });
  if (!app || !web) return none(`${slot} does not exist`);
  if (version !== undefined && versionOf(app) !== version)
    return none(`it has version ${versionOf(app) ?? 'of somebody else'}`);
  if (app.state !== 'STARTED') return none('it is stopped');
  const ready = readyOf(found);
  const parts = [
    `${ready}/${size} ready`,
    ...(web.instances < size ? [`only ${web.instances} asked for`] : []),
    ...(instances.length < web.instances ? [`${web.instances - instances.length} not placed yet`] : []),
    ...troublesOf(instances),
  ];
  const complete = ready >= size && ready === web.instances;
  const hopeless = keepsCrashing ? `all of its instances crash${wordsOf(instances)}` : undefined;
  return { wanted: size, ready, complete, text: parts.join(', '), hopeless };
}

function wordsOf(instances: readonly Instance[]): string {
  const details = instances.flatMap(one => one.details ?? []);
  return details[0] === undefined ? '' : ` (${details[0]})`;
}

/** Such as `2 starting, 1 crashed (Exited with status 1)`. */
function troublesOf(instances: readonly Instance[]): readonly string[] {
  const words = instances.filter(one => !isReady(one)).map(troubleOf);
  return [...new Set(words)].map(word => `${words.filter(other => other === word).length} ${word}`);
}

export function troubleOf({ state, details, routable }: Instance): string {
  if (state === 'RUNNING' && routable === false) return 'running, but its readiness check fails';
  return `${state.toLowerCase()}${details ? ` (${details})` : ''}`;
}
