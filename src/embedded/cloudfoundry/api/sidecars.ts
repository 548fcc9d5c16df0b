import { json } from '../../serving/reply.js';
import { notFound, unprocessable } from '../errors.js';
import type { Database, Sidecar } from '../model.js';
import { appOf } from './apps.js';
import { type Body, bodyOf, type Handler, listed, required } from './exchange.js';
import { common, data } from './present.js';

/** Programs that run beside a process, in its container. Here nothing runs of them: they are kept and shown. */
export const sidecars: Readonly<Record<string, Handler>> = {
  'GET /v3/apps/*/sidecars': exchange => {
    const { guid } = appOf(exchange);
    const own = [...exchange.database.sidecars.values()].filter(({ app }) => app === guid);
    return listed(exchange, own, {}, shown);
  },
  'POST /v3/apps/*/sidecars': exchange => {
    const { guid } = appOf(exchange);
    const body = bodyOf(exchange);
    if (sidecarOf(exchange.database, guid, body.name)) {
      throw unprocessable(`Sidecar with name '${body.name}' already exists for given app`);
    }
    const made = setSidecar(exchange.database, guid, body, body.memory_in_mb);
    return json(201, shown(made));
  },
  'GET /v3/processes/*/sidecars': exchange => {
    const { database, parts } = exchange;
    const { app, type } = required(database.processes, parts[0], () => notFound('Process'));
    const own = [...database.sidecars.values()].filter(one => one.app === app && one.processTypes.includes(type));
    return listed(exchange, own, {}, shown);
  },
};

function shown(sidecar: Sidecar) {
  const { metadata: _none, ...rest } = common(sidecar);
  return {
    ...rest,
    name: sidecar.name,
    command: sidecar.command,
    process_types: sidecar.processTypes,
    memory_in_mb: sidecar.memory,
    origin: 'user',
    relationships: { app: data(sidecar.app) },
  };
}

/** Makes it, or changes the one of its name. @throws CloudFoundryError */
export function setSidecar(database: Database, app: string, given: Body, memory: number | undefined): Sidecar {
  if (typeof given.name !== 'string' || typeof given.command !== 'string') {
    throw unprocessable("Name can't be blank, Command can't be blank");
  }
  const { name, command, process_types: processTypes = [] } = given;
  const known = sidecarOf(database, app, name);
  if (known) return Object.assign(known, { command, processTypes, memory: memory ?? null });
  return database.add<Sidecar>(database.sidecars, { app, name, command, processTypes, memory: memory ?? null });
}

function sidecarOf(database: Database, app: string, name: string): Sidecar | undefined {
  return [...database.sidecars.values()].find(one => one.app === app && one.name === name);
}
