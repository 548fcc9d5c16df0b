import { json } from '../../serving/reply.js';
import { notFound, unprocessable } from '../errors.js';
import type { Process } from '../model.js';
import { appOf } from './apps.js';
import { applyMetadata, bodyOf, type Exchange, type Handler, listed, required } from './exchange.js';
import { presenter } from './places.js';
import { requireWithinQuotas } from './quotas.js';

/** Processes: how many instances of what size, and how they are. */
export const processes: Readonly<Record<string, Handler>> = {
  'GET /v3/processes': exchange =>
    listed(
      exchange,
      exchange.database.processes.values(),
      {
        app_guids: ({ app }) => app,
        space_guids: ({ app }) => exchange.database.apps.get(app)?.space ?? '',
        types: ({ type }) => type,
      },
      one => embedded(exchange, one),
    ),
  'GET /v3/processes/*': exchange => shown(exchange, processOf(exchange)),
  'PATCH /v3/processes/*': exchange => update(exchange, processOf(exchange)),
  'GET /v3/processes/*/process_instances': exchange => {
    const process = processOf(exchange);
    const path = `${exchange.base}/v3/processes/${process.guid}`;
    return json(200, {
      resources: presenter(exchange).processInstances(process, running(exchange, process), exchange.context.now()),
      links: { self: { href: `${path}/process_instances` }, process: { href: path } },
    });
  },
  'GET /v3/processes/*/stats': exchange => stats(exchange, processOf(exchange)),
  'POST /v3/processes/*/actions/scale': exchange => scale(exchange, processOf(exchange)),
  'GET /v3/apps/*/processes': exchange => {
    const { guid } = appOf(exchange);
    return listed(exchange, exchange.database.processesOf(guid), { types: ({ type }) => type }, one =>
      embedded(exchange, one),
    );
  },
  'GET /v3/apps/*/processes/*': exchange => shown(exchange, processOfApp(exchange)),
  'PATCH /v3/apps/*/processes/*': exchange => update(exchange, processOfApp(exchange)),
  'GET /v3/apps/*/processes/*/stats': exchange => stats(exchange, processOfApp(exchange)),
  'POST /v3/apps/*/processes/*/actions/scale': exchange => scale(exchange, processOfApp(exchange)),
};

function processOf({ database, parts }: Exchange): Process {
  return required(database.processes, parts[0], () => notFound('Process'));
}

function processOfApp(exchange: Exchange): Process {
  const { guid } = appOf(exchange);
  const found = exchange.database.processesOf(guid).find(({ type }) => type === exchange.parts[1]);
  if (!found) throw notFound('Process');
  return found;
}

function shown(exchange: Exchange, process: Process) {
  return json(200, presenter(exchange).process(process));
}

/** In a list: with the instances, where they are asked for. */
function embedded(exchange: Exchange, process: Process) {
  const present = presenter(exchange);
  if (exchange.query.get('embed') !== 'process_instances') return present.process(process);
  return present.embedding(process, running(exchange, process), exchange.context.now());
}

function running({ diego }: Exchange, process: Process) {
  return diego.instancesOf(process).filter(({ isLeaving }) => !isLeaving);
}

/** Takes effect when the next instance starts. */
function update(exchange: Exchange, process: Process) {
  const body = bodyOf(exchange);
  if (body.command !== undefined) process.command = body.command;
  if (body.health_check) process.healthCheck = body.health_check;
  if (body.readiness_health_check && !exchange.context.isKorifi)
    process.readinessHealthCheck = body.readiness_health_check;
  applyMetadata(process, body);
  exchange.database.touch(process);
  return shown(exchange, process);
}

function scale(exchange: Exchange, process: Process) {
  const { instances, memory_in_mb: memory, disk_in_mb: disk } = bodyOf(exchange);
  if (instances !== undefined && !(Number.isInteger(instances) && instances >= 0)) {
    throw unprocessable('Instances must be greater than or equal to 0');
  }
  const before = { instances: process.instances, memory: process.memory, disk: process.disk };
  Object.assign(process, {
    instances: instances ?? before.instances,
    memory: memory ?? before.memory,
    disk: disk ?? before.disk,
  });
  const app = exchange.database.apps.get(process.app);
  try {
    if (app?.state === 'STARTED') requireWithinQuotas(exchange.database, app.space, [process]);
  } catch (error) {
    Object.assign(process, before);
    throw error;
  }
  exchange.database.touch(process);
  exchange.diego.reconcile();
  return json(202, presenter(exchange).process(process));
}

function stats(exchange: Exchange, process: Process) {
  const { context, database } = exchange;
  const isStarted = database.apps.get(process.app)?.state === 'STARTED';
  const instances = running(exchange, process);
  const rows = Array.from({ length: isStarted ? process.instances : 0 }, (_, index) =>
    presenter(exchange).stats(
      process,
      index,
      instances.find(instance => instance.index === index),
      context.now(),
    ),
  );
  // An app that is stopped has one row for each instance that it would have.
  const stopped = isStarted
    ? []
    : Array.from({ length: process.instances }, (_, index) =>
        presenter(exchange).stats(process, index, undefined, context.now()),
      );
  const resources = [...rows, ...stopped].map(({ routable, ...row }) =>
    context.isKorifi ? row : { ...row, routable },
  );
  return json(200, { resources });
}
