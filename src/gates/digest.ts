/** What an approval is bound to. */
import { fingerprint } from '../lib/fingerprint.js';
import type { Gate } from '../release/ask.js';
import type { Plan, Routing, TargetPlan } from '../release/model.js';
import { baseline } from '../release/walk.js';

/** Characters of the digest: more than anybody could make another plan for. */
const LENGTH = 20;
/** Characters of it that a person types where one place holds several questions. */
const CODE = 7;

/**
 * A digest of what would be done: who is who, which versions made from what, and how the routing would change. The same
 * release asked for again has the same one, whatever was deployed of it meanwhile. Any other release has another one, even
 * of the same version: an annotation that was once written about it approves nothing any more.
 *
 * @param began when this release was claimed first, in milliseconds since the epoch
 */
export function digestOf({ release, version, targets }: Plan, gate: Gate, began: number): string {
  const what = gate === 'switch' ? targets.map(switched) : targets.map(removed);
  return fingerprint([gate, release, version, began, what], LENGTH);
}

/** The part of a digest that people type. */
export function codeOf(digest: string): string {
  return digest.slice(0, CODE);
}

function switched(plan: TargetPlan) {
  return [
    ...removed(plan),
    texts(baseline(plan)),
    texts(plan.next),
    plan.stages.map(({ routing, share }) => [texts(routing), share]),
  ];
}

function removed({ target, blue, blueVersion, green, version, definition }: TargetPlan) {
  return [target, blue ?? null, blueVersion ?? null, green, version ?? null, definition ?? null];
}

function texts({ routes }: Routing) {
  return routes.map(({ route, text }) => [route, text]);
}
