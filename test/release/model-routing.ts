/** Routings of the model: a slot, or two on the way from one to the other. */
import { failure } from '../../src/failures.js';
import type { Routing, Slot } from '../../src/release/model.js';

export function routing(target: string, slot: Slot | undefined): Routing {
  return { routes: [{ route: `model/${target}`, slot, text: String(slot), document: slot ?? null }] };
}

/** `blue+green` is the overlap of a switch from blue to green, `blue+green@10` its first step. */
export function partsOf(live: Slot): readonly Slot[] {
  return (live.split('@')[0] ?? '').split('+');
}

/** Whether a route has come further than this stage of the same switch. */
export function isFurther(now: Slot | undefined, stage: Slot | undefined): boolean {
  const [[slots, share], [wanted, less]] = [(now ?? '').split('@'), (stage ?? '').split('@')];
  return less !== undefined && slots === wanted && Number(share) > Number(less);
}

export function slotOf({ routes }: Routing): Slot | undefined {
  return routes[0]?.slot;
}

export function changed(target: string, now: Slot | undefined) {
  const error = failure('UNEXPECTED', { reason: `the route of ${target} is ${now}` });
  Object.defineProperty(error, 'code', { value: 'ROUTE_CHANGED' });
  return error;
}

/** The nearest sizes by which green gets a share while one of the slots is full. */
export function sizesFor(share: number, full: number): { blue: number; green: number } {
  if (share <= 50) return { blue: full, green: Math.max(1, Math.round((share * full) / (100 - share))) };
  return { blue: Math.max(1, Math.round(((100 - share) * full) / share)), green: full };
}
