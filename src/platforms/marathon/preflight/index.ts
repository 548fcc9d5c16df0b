/** What can be seen before anything is written; all findings at once. Writes nothing. */
import type { TargetConfig } from '../../../config/schema.js';
import type { Finding, TargetPlan } from '../../../release/model.js';
import type { Journey } from '../../port.js';
import type { Context } from '../context.js';
import type { Observation } from '../observation.js';
import { backendOf, readPool } from '../pools.js';
import { previewOf } from '../preview.js';
import { blueFindings, definitionFindings, roomFindings } from './apps.js';
import { previewFindings, routeFindings } from './routes.js';
import type { Said } from './said.js';
import { heedsMesosChecks, lockFindings, poolFindings, versionFindings } from './servers.js';

export async function findingsOf(
  context: Context,
  observation: Observation,
  plan: TargetPlan,
  signal: AbortSignal,
  journey?: Journey,
): Promise<readonly Finding[]> {
  const { target, definition, routes, apps } = observation;
  const pools = [...new Set(routes.map(({ pool }) => pool))];
  const [heedsMesos, ...asked] = await Promise.all([
    heedsMesosChecks(context, signal),
    versionFindings(context, signal),
    privateFindings(context, target, signal),
    lockFindings(context, [plan.green, ...(plan.blue ? [plan.blue] : [])], signal),
    ...pools.map(pool => poolFindings(context, pool, routes, signal)),
  ]);
  const said = [
    ...asked.flat(),
    ...routes.flatMap(route => routeFindings(route, target, plan.blue)),
    ...(definition ? definitionFindings(definition, routes, heedsMesos, journey) : []),
    ...blueFindings(plan.blue === undefined ? undefined : apps.get(plan.blue)),
    ...roomFindings(definition, apps.get(plan.green), plan.batch ?? plan.size),
  ];
  return said.map(one => ({ ...one, target: target.name }));
}

async function privateFindings(
  { client }: Context,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const place = previewOf(target);
  return place ? previewFindings(target, backendOf(await readPool(client, place.pool, signal), place.backend)) : [];
}
