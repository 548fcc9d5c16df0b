/** Ways to a slot: through a route of its own in private, instance by instance, and through the front door. */
import { rootCertificates } from 'node:tls';
import type { TargetConfig } from '../../config/schema.js';
import { deadline } from '../../lib/poll.js';
import type { Slot } from '../../release/model.js';
import type { Endpoint, InstanceAnswer, InstanceQuestion } from '../port.js';
import { readSlot, requireApp } from './apps.js';
import { cfFailure } from './failures.js';
import type { Foundation } from './foundation.js';
import type { App, Route } from './objects.js';
import { addressesOf, askInstance, canProve, lackOfProof } from './probing.js';
import { findRoute, readDestinations } from './routes.js';
import { reachable } from './switching.js';
import { closeTemporary, openTemporary } from './temporary.js';

const REACHED_WITHIN_MS = 90_000;
const CLOSE_MS = 10_000;

/**
 * The slot through a route of its own, which is deleted when it is disposed. Before it is answered every instance was
 * reached there through every router, so that no other app can answer in its place. Throws NO_PREVIEW.
 */
export async function previewSlot(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<Endpoint> {
  const app = await requireApp(foundation, target, slot, signal);
  const route = await openTemporary(foundation, target, slot, app, signal);
  await requireReached(foundation, target, slot, app, route, signal);
  const endpoint = await endpointOf(foundation, target, route.url, `${slot} through its own route ${route.url}`);
  return {
    ...endpoint,
    async [Symbol.asyncDispose]() {
      await endpoint[Symbol.asyncDispose]();
      await closeQuietly(foundation, target, slot);
    },
  };
}

/** What cannot be deleted now is found by its label, and deleted with the slot or by the next preview. */
async function closeQuietly(foundation: Foundation, target: TargetConfig, slot: Slot): Promise<void> {
  try {
    await closeTemporary(foundation, target, slot, AbortSignal.timeout(CLOSE_MS));
  } catch (error) {
    foundation.client.debug(`The route of ${slot} stays for now: ${(error as Error).message}`);
  }
}

/** Every instance that runs is reached at the route, through every router. Throws NO_PREVIEW. */
export async function requireReached(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  app: App,
  route: Route,
  signal: AbortSignal,
): Promise<void> {
  const found = await readSlot(foundation, slot, app, signal);
  const expectations = reachable(route.url, [slot], [found]);
  if (expectations.length === 0) throw cfFailure('NO_PREVIEW', { slot, reason: 'none of its instances is running' });
  using limit = deadline(signal, REACHED_WITHIN_MS, foundation.client.clock);
  const lack = await lackOfProof(foundation, target, expectations, limit.signal);
  signal.throwIfAborted();
  if (lack !== undefined) throw cfFailure('NO_PREVIEW', { slot, reason: lack });
}

/** Straight to the routers where the configuration names them; else by name, as users do. */
async function endpointOf(
  foundation: Foundation,
  target: TargetConfig,
  url: string,
  description: string,
): Promise<Endpoint> {
  const [host = '', ...path] = url.split('/');
  const prefix = path.length > 0 ? `/${path.join('/')}` : '';
  const { routers } = foundation.place;
  if (routers) {
    const { authority } = foundation;
    const ca = authority === undefined ? undefined : [...rootCertificates, authority].join('\n');
    const front = await startFrontLazily(routers, host, ca, description);
    return { ...front, url: `${front.url}${prefix}` };
  }
  // A wildcard certificate and the scheme are the domain's: what holds for the live URL holds for its neighbours.
  const scheme = target['live-url']?.startsWith('http:') ? 'http' : 'https';
  return { url: `${scheme}://${host}${prefix}`, description, [Symbol.asyncDispose]: async () => undefined };
}

async function startFrontLazily(...wanted: Parameters<typeof import('./front.js').startFront>): Promise<Endpoint> {
  const { startFront } = await import('./front.js');
  return startFront(...wanted);
}

/** The first route as users reach it; undefined for a worker. */
export async function liveEndpoint(
  foundation: Foundation,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<Endpoint | undefined> {
  const [first] = target.routes;
  if (first === undefined) return undefined;
  const { route } = await findRoute(foundation, first, signal);
  return endpointOf(foundation, target, route.url, `the route ${route.url}`);
}

/** Asks every instance of a slot by its index, through whatever leads to it; blue gets a route of its own for it. */
export async function askInstances(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  { path, port }: InstanceQuestion,
  signal: AbortSignal,
): Promise<readonly InstanceAnswer[]> {
  const app = await requireApp(foundation, target, slot, signal);
  const { instances } = await readSlot(foundation, slot, app, signal);
  const running = instances.filter(({ state }) => state === 'RUNNING');
  if (running.length === 0) return [];
  const problem = await whyNot(foundation, port, signal);
  const url = problem === undefined ? await urlOf(foundation, target, slot, app, signal) : '';
  return Promise.all(
    running.map(async ({ index, instance_guid: guid }) => ({
      instance: `${app.name}/${index}`,
      life: guid ?? `${index}`,
      answer:
        problem === undefined
          ? await answerOf(foundation, target, { url, guid: app.guid, index, path }, signal)
          : { problem },
    })),
  );
}

async function whyNot(
  foundation: Foundation,
  port: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (port !== undefined)
    return 'on Cloud Foundry only the port of the routes can be asked; leave drain.gauge.port out';
  if (await canProve(foundation, signal)) return undefined;
  return 'here single instances cannot be asked through the routers';
}

/** A route that leads to the slot already, or else its own. */
async function urlOf(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  app: App,
  signal: AbortSignal,
): Promise<string> {
  for (const wanted of target.routes) {
    const { route } = await findRoute(foundation, wanted, signal);
    const found = await readDestinations(foundation, route.guid, route.url, signal);
    if (found.some(one => one.app.guid === app.guid)) return route.url;
  }
  const route = await openTemporary(foundation, target, slot, app, signal);
  await requireReached(foundation, target, slot, app, route, signal);
  return route.url;
}

async function answerOf(
  foundation: Foundation,
  target: TargetConfig,
  asked: { url: string; guid: string; index: number; path: string },
  signal: AbortSignal,
): Promise<InstanceAnswer['answer']> {
  const [address = ''] = addressesOf(foundation, target, asked.url);
  const answer = await askInstance(foundation, address, asked, signal);
  if ('problem' in answer) return { problem: answer.problem };
  const error = answer.headers['x-cf-routererror'];
  if (error !== undefined) return { problem: `the router says ${error}` };
  return answer.status === 200 ? { text: answer.text } : { problem: `it answered with status ${answer.status}` };
}
