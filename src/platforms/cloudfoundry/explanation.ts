/** Why a slot is not ready, in the platform's own words. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { findApp, isReady, readSlot } from './apps.js';
import type { Foundation } from './foundation.js';
import { recentLogs } from './log-cache.js';
import { troubleOf } from './readiness.js';

const LOG_LINES = 20;

/** One line for each instance in trouble, and what the app said last. */
export async function explainSlot(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const app = await findApp(foundation, target, slot, signal);
  if (!app) return [];
  const [{ instances }, logs] = await Promise.all([
    readSlot(foundation, slot, app, signal),
    recentLogs(foundation, app, LOG_LINES, signal),
  ]);
  const troubled = instances
    .filter(one => !isReady(one))
    .map(one => `instance ${one.index} of ${app.name}: ${troubleOf(one)}`);
  return [...troubled, ...logs];
}
