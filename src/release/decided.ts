/** What follows from a no at a gate, or from nobody's answer. Both are outcomes of their own, not errors. */
import { type Failure, reportFailure } from '../failures.js';
import type { WalkEnd } from './engine.js';
import type { FailureReport, StepName } from './model.js';
import { removeGreen, restoreRoutes } from './recovery.js';
import { baseline, type Walk } from './walk.js';

/** Whether a step ended by what people said or did not say, rather than by something that went wrong. */
export function isDecided({ code }: Failure): boolean {
  return code === 'GATE_DENIED' || code === 'GATE_TIMED_OUT';
}

export async function walkBackAsDecided(walk: Walk, name: StepName, failed: Failure): Promise<WalkEnd> {
  const { otherwise, denied } = walk.config.approval;
  const failures = [reportFailure(failed, name)];
  if (failed.code === 'GATE_TIMED_OUT' && otherwise === 'keep-both') return stillWaiting(walk, name, failed);
  if (name === 'gate-switch')
    return { result: 'refused', phase: 'closed', failures: [...failures, ...(await removeGreen(walk))] };
  const wantsBack = (failed.code === 'GATE_DENIED' ? denied : otherwise) === 'rollback';
  if (!wantsBack || !knowsTheWayBack(walk)) {
    walk.ledger.notes.push(
      'Green is live, and blue was kept beside it. The rollback verb goes back; the teardown verb asks again.',
    );
    return { result: 'degraded', phase: 'settled', failures };
  }
  return goBack(walk, failures);
}

/** A teardown that was asked for by itself, long after the switch, has no previous routing to restore. */
function knowsTheWayBack({ legs }: Walk): boolean {
  return legs.every(({ plan }) => baseline(plan).routes.every(({ slot }) => slot === plan.blue));
}

/** Nobody said no: everything stays as it is, and the next verb asks again. */
function stillWaiting(walk: Walk, name: StepName, failed: Failure): WalkEnd {
  walk.ledger.notes.push(`${failed.message} Both slots were kept; the same command asks again.`);
  return { result: 'waiting', phase: name === 'gate-switch' ? 'prepared' : 'settled', failures: [] };
}

/** Live traffic to blue, which is still there at full size: nothing of it was taken away before this gate. */
async function goBack(walk: Walk, failures: readonly FailureReport[]): Promise<WalkEnd> {
  const restored = await restoreRoutes(walk, false);
  const all = [...failures, ...restored.failures];
  if (restored.failures.some(({ code }) => code === 'TAKEN_OVER'))
    return { result: 'refused', phase: 'restoring', failures: all };
  if (restored.failures.length > 0) return { result: 'rollback-failed', phase: 'restoring', failures: all };
  return { result: 'rolled-back', phase: 'closed', failures: [...all, ...(await removeGreen(walk))] };
}
