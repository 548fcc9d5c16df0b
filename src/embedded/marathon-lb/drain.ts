import type { VersionedApp } from '../marathon/definition.js';
import { grouped } from '../marathon/grouped.js';
import type { Task } from '../marathon/task.js';

/**
 * The tasks that marathon-lb takes out: of two apps of one deployment group, as many of the older one's tasks as the newer
 * one has healthy ones, beyond what the group needs. The oldest by their ids are first.
 */
export function drainedTasks(apps: readonly VersionedApp[], tasks: readonly Task[]): ReadonlySet<Task> {
  const inGroups = apps.filter(({ labels }) => labels.HAPROXY_DEPLOYMENT_GROUP !== undefined);
  const groups = grouped(inGroups, ({ labels }) => labels.HAPROXY_DEPLOYMENT_GROUP ?? '');
  return new Set([...groups.values()].flatMap(group => drainedOf(group, tasks)));
}

function drainedOf(group: readonly VersionedApp[], tasks: readonly Task[]): readonly Task[] {
  const [older, newer, ...more] = group.toSorted((a, b) => (startedAt(a) < startedAt(b) ? -1 : 1));
  if (older === undefined || newer === undefined || more.length > 0) return [];
  const target = Number(newer.labels.HAPROXY_DEPLOYMENT_TARGET_INSTANCES ?? newer.instances);
  const healthyNew = tasks.filter(({ app, isHealthy }) => app.id === newer.id && isHealthy).length;
  const old = tasks.filter(({ app }) => app.id === older.id).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return old.slice(0, Math.min(healthyNew, Math.max(0, healthyNew + older.instances - target)));
}

const startedAt = ({ labels, version }: VersionedApp) => labels.HAPROXY_DEPLOYMENT_STARTED_AT ?? version;
