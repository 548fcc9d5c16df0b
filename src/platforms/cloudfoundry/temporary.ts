/** A route of its own for a slot, for as long as it is looked at in private. Only what a run of this tool created is deleted. */
import { createHash } from 'node:crypto';
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { insertDestinations, removeDestinations, type Shape } from './destinations.js';
import { cfFailure, hasCode, isUncertain } from './failures.js';
import type { Foundation } from './foundation.js';
import { type App, type Domain, label, type Route, TEMPORARY_LABEL } from './objects.js';
import { readDestinations, requireRouteName } from './routes.js';

const MOST_CHARACTERS = 63;

/** Always the same for a slot, so that whoever comes later finds what an earlier run left. */
function hostFor(slot: Slot, space: string): string {
  const mark = createHash('sha256').update(`${space}/${slot}`).digest('hex').slice(0, 8);
  return `${slot.slice(0, MOST_CHARACTERS - 9)}-${mark}`;
}

/**
 * Leads a route of its own to the app, in the domain of the target's first route; made if it is not there. Throws
 * NO_PREVIEW where there is no such domain, or the host belongs to somebody else.
 */
export async function openTemporary(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  app: App,
  signal: AbortSignal,
  shapes: readonly Shape[] = [{}],
): Promise<Route> {
  const domain = await domainFor(foundation, target, slot, signal);
  const host = hostFor(slot, await foundation.space(signal));
  const route =
    (await findTemporary(foundation, domain, host, signal)) ?? (await create(foundation, domain, host, slot, signal));
  if (label(route, TEMPORARY_LABEL) === undefined) {
    throw cfFailure('NO_PREVIEW', { slot, reason: `the route ${route.url} is there, and was not made by this tool` });
  }
  // An app of the same slot of an earlier release may still be there if a run died.
  const strangers = (await readDestinations(foundation, route.guid, route.url, signal)).filter(
    one => one.app.guid !== app.guid,
  );
  for (const { app: other } of strangers)
    await removeDestinations(foundation, route, { ...app, guid: other.guid }, route.url, signal);
  await insertDestinations(foundation, route, app, route.url, signal, shapes);
  return route;
}

/** Deletes a slot's own route, if a run of this tool made it; everything that leads there goes with it. */
export async function closeTemporary(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<void> {
  if (target.routes.length === 0) return;
  const domain = await domainFor(foundation, target, slot, signal);
  const route = await findTemporary(foundation, domain, hostFor(slot, await foundation.space(signal)), signal);
  if (!route || label(route, TEMPORARY_LABEL) !== slot) return;
  try {
    await foundation.client.job(
      { method: 'DELETE', path: `/v3/routes/${route.guid}`, what: `delete the route ${route.url}`, again: true },
      signal,
    );
  } catch (error) {
    if (!hasCode(error, 'GONE')) throw error;
  }
}

async function domainFor(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<Domain> {
  const [first] = target.routes;
  if (first === undefined)
    throw cfFailure('NO_PREVIEW', { slot, reason: 'a worker has no route, and so no domain for one of its own' });
  const { host } = requireRouteName(first);
  const domain = await foundation.domainOf(host, signal);
  if (!domain) throw cfFailure('NO_PREVIEW', { slot, reason: `no domain of the foundation ends ${host}` });
  return domain;
}

async function findTemporary(
  foundation: Foundation,
  domain: Domain,
  host: string,
  signal: AbortSignal,
): Promise<Route | undefined> {
  const space = await foundation.space(signal);
  const path = `/v3/routes?space_guids=${space}&domain_guids=${domain.guid}&hosts=${host}`;
  const found = await foundation.client.list<Route>(path, `find the route ${host}.${domain.name}`, signal);
  return found.find(one => one.path === '');
}

async function create(
  foundation: Foundation,
  domain: Domain,
  host: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<Route> {
  const { client } = foundation;
  const relationships = {
    space: { data: { guid: await foundation.space(signal) } },
    domain: { data: { guid: domain.guid } },
  };
  const body = { host, relationships, metadata: { labels: { [TEMPORARY_LABEL]: slot } } };
  const what = `create the route ${host}.${domain.name}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await client.write<Route>({ method: 'POST', path: '/v3/routes', body, what }, signal);
      if (made) return made;
    } catch (error) {
      // Creating is not the same once or twice: what is there after an answer that was lost is taken.
      const found =
        isUncertain(error) || hasCode(error, 'REJECTED', 'CONFLICT')
          ? await findTemporary(foundation, domain, host, signal)
          : undefined;
      if (found) return found;
      if (hasCode(error, 'REJECTED', 'CONFLICT'))
        throw cfFailure('NO_PREVIEW', { slot, reason: error.message.replace(/\.$/, '') }, { cause: error });
      if (!isUncertain(error) || attempt >= 4) throw error;
      await client.pause(attempt, signal);
    }
  }
}
