/**
 * The names of apps for those who want the live one to be called the same always. What a slot is says its label; names are
 * changed last, each in one write, so that whatever dies in between leaves two apps that are known all the same.
 */
import type { TargetConfig } from '../../config/schema.js';
import type { Change, TargetPlan } from '../../release/model.js';
import { findApps, markApp, namesOf } from './apps.js';
import type { Foundation } from './foundation.js';
import { type App, SLOT_LABEL } from './objects.js';

/** Gives the live app the live name and the other one the old name. Throws CONFLICT where a stranger has one of them. */
export async function renameApps(
  foundation: Foundation,
  target: TargetConfig,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const names = namesOf(target);
  if (!names) return [];
  const apps = await findApps(foundation, target, signal);
  const live = apps.get(plan.green);
  const old = plan.blue === undefined ? undefined : apps.get(plan.blue);
  const changes: Change[] = [];
  const rename = async (app: App, slot: string, name: string) => {
    await markApp(foundation, app, { name, metadata: { labels: { [SLOT_LABEL]: slot } } }, signal);
    changes.push({ verb: 'update', object: `app ${app.name}`, detail: `name -> ${name}` });
  };
  // On the way back each has the other's name: the one that goes live makes room first.
  if (live?.name === names.old && old) await rename(live, plan.green, plan.green);
  if (old && plan.blue !== undefined && old.name !== names.old) await rename(old, plan.blue, names.old);
  if (live && live.name !== names.live) await rename(live, plan.green, names.live);
  return changes;
}
