/** What the servers themselves show: versions, locks, and load balancers that can and cannot be asked. */
import type { Slot } from '../../../release/model.js';
import { appId } from '../apps.js';
import type { Context } from '../context.js';
import { deploymentsOf, describeDeployment, listDeployments } from '../deployments.js';
import {
  askStatistics,
  isUp,
  renderedConfiguration,
  type StatisticsRow,
  serversIn,
  statisticsOf,
} from '../load-balancers.js';
import type { ObservedRoute } from '../observation.js';
import { type Said, tell } from './said.js';

/** Since then Marathon has PATCH, which never creates an app of a mistyped name. */
const OLDEST_MARATHON = [1, 4] as const;

export async function versionFindings({ client }: Context, signal: AbortSignal): Promise<readonly Said[]> {
  const info = await client.get<{ readonly version?: string }>('marathon', '/v2/info', 'ask for the version', signal);
  const [major, minor] = (info?.version ?? '').split('.').map(part => Number.parseInt(part, 10));
  const isKnown = major !== undefined && minor !== undefined && !Number.isNaN(major + minor);
  if (!isKnown || major > OLDEST_MARATHON[0] || (major === OLDEST_MARATHON[0] && minor >= OLDEST_MARATHON[1]))
    return [];
  const message = `Marathon ${info?.version} is older than ${OLDEST_MARATHON.join('.')}.`;
  const remedy = 'Update it: before that an app cannot be changed without the risk of creating one.';
  return [tell('error', 'MARATHON_TOO_OLD', message, remedy)];
}

/** Since then Edge-LB looks at the health checks that Mesos makes. */
const SEES_MESOS_CHECKS = [1, 3, 1];

/** Whether Edge-LB heeds health checks of Mesos; what its version does not say is supposed not to be so. */
export async function heedsMesosChecks({ client }: Context, signal: AbortSignal): Promise<boolean> {
  const version = (await client.text('edge-lb', '/version', 'ask Edge-LB for its version', signal)) ?? '';
  const numbers = /(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(version)
    ?.slice(1)
    .map(part => Number(part ?? 0));
  if (!numbers) return false;
  const place = SEES_MESOS_CHECKS.findIndex((least, index) => numbers[index] !== least);
  return place < 0 || (numbers[place] ?? 0) > (SEES_MESOS_CHECKS[place] ?? 0);
}

export async function lockFindings(
  { client }: Context,
  slots: readonly Slot[],
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const deployments = await listDeployments(client, signal);
  const remedy = 'Cutover waits for it to end and never forces it; look whether it makes progress.';
  return slots.flatMap(slot =>
    deploymentsOf(deployments, appId(slot)).map(one => {
      const message = `Marathon is still at work on ${appId(slot)}: ${describeDeployment(one)}.`;
      return tell('warning', 'APP_LOCKED', message, remedy);
    }),
  );
}

/** Whether the switch could be seen at every load balancer, and whether they follow the pool now. */
export async function poolFindings(
  context: Context,
  pool: string,
  routes: readonly ObservedRoute[],
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const [urls, rendered] = await Promise.all([
    statisticsOf(context, pool, signal),
    renderedConfiguration(context, pool, signal),
  ]);
  const isRequired = context.section.statistics === 'required';
  const severity = isRequired ? 'error' : 'warning';
  const remedy = isRequired
    ? 'Run where the agents of the cluster can be reached, name the statistics in marathon.load-balancers, or set marathon.statistics to if-reachable.'
    : 'That a switch was followed will be known from the rendered configuration alone.';
  if (urls.length === 0) {
    const message = `Edge-LB does not say where the load balancers of the pool ${pool} are.`;
    return [tell(severity, 'LOAD_BALANCERS_UNKNOWN', message, remedy)];
  }
  const answers = await Promise.all(
    urls.map(async url => ({ url, answer: await askStatistics(context, url, signal) })),
  );
  return answers.flatMap(({ url, answer }) => {
    if ('problem' in answer) {
      const message = `A load balancer of the pool ${pool} cannot be asked: ${answer.problem}.`;
      return [tell(severity, 'LOAD_BALANCER_UNSEEN', message, remedy)];
    }
    return behindFindings(
      url,
      answer.rows,
      rendered ?? '',
      routes.filter(route => route.pool === pool),
    );
  });
}

function behindFindings(
  url: string,
  rows: readonly StatisticsRow[],
  rendered: string,
  routes: readonly ObservedRoute[],
): readonly Said[] {
  const isUpThere = (backend: string, server: string) =>
    rows.some(row => row.proxy === backend && row.server === server && isUp(row.status));
  const behind = routes.filter(({ backend }) =>
    (serversIn(rendered, backend) ?? []).some(({ name }) => !isUpThere(backend, name)),
  );
  return behind.map(({ backend }) => {
    const message = `The load balancer ${url} does not have all servers of ${backend} up now.`;
    const remedy = 'Look whether it follows the pool at all: if not, a switch could not be confirmed.';
    return tell('warning', 'LOAD_BALANCER_BEHIND', message, remedy);
  });
}
