import type { VersionedApp } from '../definition.js';
import { portsOf } from '../definition.js';
import type { Marathon } from '../marathon.js';
import { agent, type Task } from '../task.js';

const timestamp = (ms: number) => new Date(ms).toISOString();

/** A task as the API tells it. Health results are there only when there are some. */
export function taskInfo(task: Task): Record<string, unknown> {
  const { app, healthResults, id, ports, stagedAt, startedAt, state } = task;
  return {
    ipAddresses: startedAt === undefined ? [] : [{ ipAddress: agent.host, protocol: 'IPv4' }],
    stagedAt: timestamp(stagedAt),
    state,
    ports,
    ...(startedAt === undefined ? {} : { startedAt: timestamp(startedAt) }),
    version: app.version,
    id,
    appId: app.id,
    slaveId: agent.id,
    host: agent.host,
    ...(healthResults.length === 0 ? {} : { healthCheckResults: healthResults }),
    servicePorts: portsOf(app).map(({ servicePort }) => servicePort),
    role: '*',
  };
}

/** How many tasks of an app are in which state. Without health checks nothing is healthy, and nothing unhealthy. */
function counts(marathon: Marathon, { healthChecks, id }: VersionedApp) {
  const tasks = [...marathon.run(id).tasks.values()];
  const running = tasks.filter(({ state }) => state === 'TASK_RUNNING' || state === 'TASK_KILLING');
  const probed = healthChecks.length === 0 ? [] : running.filter(({ healthResults }) => healthResults.length > 0);
  const alive = probed.filter(({ healthResults }) => healthResults.every(({ alive }) => alive));
  return {
    tasksStaged: tasks.filter(({ state }) => state === 'TASK_STAGING' || state === 'TASK_STARTING').length,
    tasksRunning: running.length,
    tasksHealthy: alive.length,
    tasksUnhealthy: probed.length - alive.length,
  };
}

/** What `?embed=` can add to an app. */
export type Embed = 'tasks' | 'lastTaskFailure' | 'readiness';

/** An app with what runs of it. */
export function appInfo(marathon: Marathon, app: VersionedApp, embeds: ReadonlySet<string>): Record<string, unknown> {
  const run = marathon.run(app.id);
  const tasks = [...run.tasks.values()];
  const has = (embed: Embed) => embeds.has(embed);
  return {
    ...app,
    ...counts(marathon, app),
    deployments: marathon.deploymentsOf(app.id).map(({ id }) => ({ id })),
    ...(has('tasks') ? { tasks: tasks.map(taskInfo) } : {}),
    ...(has('readiness') ? { readinessCheckResults: tasks.flatMap(task => task.readinessResults) } : {}),
    ...(has('lastTaskFailure') && run.lastTaskFailure !== undefined ? { lastTaskFailure: run.lastTaskFailure } : {}),
  };
}

/** The parts of an app that a query asks for: `?embed=apps.tasks` in lists, `?embed=app.tasks` for one app. */
export function embedsOf(query: URLSearchParams, prefix: 'app' | 'apps'): Set<string> {
  const names = query.getAll('embed').filter(name => name.startsWith(`${prefix}.`));
  const embeds = new Set(names.map(name => name.slice(prefix.length + 1)));
  if (embeds.has('failures')) embeds.add('tasks').add('lastTaskFailure');
  return embeds;
}
