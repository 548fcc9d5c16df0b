/** What an approval is bound to. */
import { createHash } from 'node:crypto';
import type { Gate } from '../release/ask.js';
import type { Plan, Routing, TargetPlan } from '../release/model.js';
import { baseline } from '../release/walk.js';

/** Characters of the digest: more than anybody could make another plan for. */
const LENGTH = 20;
/** Characters of it that a person types where one place holds several questions. */
const CODE = 7;

/**
 * A digest of what would be done: who is who, which versions, and how the routing would change. The same release asked
 * for again has the same one, whatever was deployed of it meanwhile; any other release has another one.
 */
export function digestOf({ release, version, targets }: Plan, gate: Gate): string {
  const what = gate === 'switch' ? targets.map(switched) : targets.map(removed);
  return createHash('sha256')
    .update(JSON.stringify([gate, release, version, what]))
    .digest('hex')
    .slice(0, LENGTH);
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

function removed({ target, blue, blueVersion, green, version }: TargetPlan) {
  return [target, blue ?? null, blueVersion ?? null, green, version ?? null];
}

function texts({ routes }: Routing) {
  return routes.map(({ route, text }) => [route, text]);
}
