import { MarathonError, notAuthorized } from '../errors.js';
import { flag, json, type MarathonRequest, type Reply, text } from './exchange.js';

export function listDeployments({ marathon, may }: MarathonRequest): Reply {
  const seen = [...marathon.deployments.values()].filter(({ changes }) => [...changes.keys()].every(may));
  return json(
    200,
    seen.map(deployment => deployment.describe()),
  );
}

/** Goes back by a new deployment; with `force` it only stops, and leaves things half way. */
export function deleteDeployment({ marathon, may, query }: MarathonRequest, id: string): Reply {
  const { changes } = marathon.deployment(id);
  if (![...changes.keys()].every(may)) throw notAuthorized();
  if (flag(query, 'force')) {
    marathon.abandon(id);
    return text(202, '');
  }
  const reverting = marathon.revert(id);
  const headers = { 'Marathon-Deployment-Id': reverting.id };
  return json(200, { version: reverting.version, deploymentId: reverting.id }, headers);
}

/** The reasons for which Marathon declines offers, in its order. */
const reasons = [
  'UnfulfilledRole',
  'UnfulfilledConstraint',
  'AgentMaintenance',
  'AgentReserved',
  'NoCorrespondingReservationFound',
  'InsufficientMemory',
  'InsufficientCpus',
  'InsufficientDisk',
  'InsufficientGpus',
  'InsufficientPorts',
  'DeclinedScarceResources',
];

export function showQueue({ marathon, may, query }: MarathonRequest): Reply {
  const embedsOffers = query.getAll('embed').includes('lastUnusedOffers');
  const waiting = [...marathon.runs].filter(({ app, queue }) => queue.count > 0 && app !== undefined && may(app.id));
  const items = waiting.map(({ app, queue }) => {
    const processed = [...queue.declined.values()].reduce((sum, count) => sum + count, 0);
    const summary = reasons.map(reason => ({ reason, declined: queue.declined.get(reason) ?? 0, processed }));
    return {
      count: queue.count,
      role: '*',
      delay: {
        timeLeftSeconds: Math.ceil(queue.delayLeftMs / marathon.context.timing.second),
        overdue: queue.delayLeftMs === 0,
      },
      since: new Date(queue.since).toISOString(),
      processedOffersSummary: {
        processedOffersCount: processed,
        unusedOffersCount: processed,
        rejectSummaryLastOffers: summary,
        rejectSummaryLaunchAttempt: summary,
      },
      ...(embedsOffers ? { lastUnusedOffers: [] } : {}),
      app,
    };
  });
  return json(200, { queue: items });
}

/** Lets an app's next launch happen at once. */
export function deleteDelay({ marathon, may }: MarathonRequest, id: string): Reply {
  if (!may(id)) throw notAuthorized();
  const run = [...marathon.runs].find(candidate => candidate.id === id);
  if (run === undefined || run.queue.count === 0) {
    throw new MarathonError(404, `Application ${id} not found in tasks queue.`);
  }
  run.resetDelay();
  return text(204, '');
}
