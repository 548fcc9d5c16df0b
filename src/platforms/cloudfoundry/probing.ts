/**
 * Proof of what the routers do: a router passes a request with `X-Cf-App-Instance` to exactly that instance, and answers
 * `unknown_route` when the route does not lead to it. So both that an instance can be reached and that it cannot is seen.
 */
import { randomUUID } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import type { TargetConfig } from '../../config/schema.js';
import { type HttpAnswer, RequestFailed, request } from '../../lib/http.js';
import { count } from '../../lib/units.js';
import type { Foundation } from './foundation.js';

/** A router that does not answer at once is not to be relied on. */
const ANSWER_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** An instance at a route: whether it has to be reached there, or must not be. */
export interface Expectation {
  /** Such as `shop.example.com/path`. */
  readonly url: string;
  readonly app: { readonly guid: string; readonly name: string };
  readonly index: number;
  readonly isMapped: boolean;
}

type Seen = 'reached' | 'unknown' | { readonly problem: string };

/** Where a route is asked: at every router that the configuration names, or at the route itself. */
export function addressesOf({ place }: Foundation, target: TargetConfig, url: string): readonly string[] {
  if (place.routers) return place.routers;
  const host = url.split('/')[0] ?? '';
  const live = target['live-url'] === undefined ? undefined : new URL(target['live-url']);
  return [live?.hostname === host ? live.origin : `https://${host}`];
}

/** Whether instances can be asked for by name; where they cannot, `propagation` is waited for. */
export async function canProve(foundation: Foundation, signal: AbortSignal): Promise<boolean> {
  if (foundation.place.proof === 'wait') return false;
  return (await foundation.root(signal)).cf_on_k8s !== true;
}

/**
 * Looks until every expectation has held so many times in a row at every address, or the signal aborts: then what was
 * seen last is the answer. Undefined: all of it holds.
 */
export async function lackOfProof(
  foundation: Foundation,
  target: TargetConfig,
  expectations: readonly Expectation[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (expectations.length === 0) return undefined;
  if (!(await canProve(foundation, signal))) {
    await foundation.client.clock.sleep(foundation.place.propagation, signal);
    return undefined;
  }
  const lacks = await Promise.all(
    expectations.flatMap(expectation =>
      addressesOf(foundation, target, expectation.url).map(address => prove(foundation, address, expectation, signal)),
    ),
  );
  return lacks.find(lack => lack !== undefined);
}

async function prove(
  foundation: Foundation,
  address: string,
  expected: Expectation,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { clock } = foundation.client;
  const wanted = expected.isMapped ? 'reached' : 'unknown';
  let last = 'it was not asked';
  try {
    for (let held = 0, pause = FIRST_PAUSE_MS; held < foundation.place.probes; ) {
      const seen = await ask(foundation, address, expected, signal);
      if (seen === wanted) {
        held += 1;
        continue;
      }
      held = 0;
      last =
        typeof seen === 'object'
          ? seen.problem
          : seen === 'unknown'
            ? 'it does not lead there yet'
            : 'it still leads there';
      await clock.sleep(pause, signal);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    }
    return undefined;
  } catch (error) {
    if (!signal.aborted) throw error;
    const { url, app, index } = expected;
    return `${url} at ${address}, instance ${index} of ${app.name}: ${last}`;
  }
}

/** Asks one address for one instance, on a connection of its own. */
async function ask(
  foundation: Foundation,
  address: string,
  { url, app, index }: Omit<Expectation, 'isMapped'>,
  signal: AbortSignal,
): Promise<Seen> {
  const answer = await askInstance(foundation, address, { url, guid: app.guid, index, path: '' }, signal);
  if ('problem' in answer) return { problem: answer.problem };
  const error = answer.headers['x-cf-routererror'] ?? '';
  if (error === '') return 'reached';
  return error.startsWith('unknown_route') ? 'unknown' : { problem: `the router says ${error}` };
}

/** One request through a router to one instance. */
export async function askInstance(
  foundation: Foundation,
  address: string,
  { url, guid, index, path }: { url: string; guid: string; index: number; path: string },
  signal: AbortSignal,
): Promise<Pick<HttpAnswer, 'status' | 'headers' | 'text'> | { readonly problem: string }> {
  const [host = '', ...rest] = url.split('/');
  const { authority } = foundation;
  const prefix = rest.length > 0 ? `/${rest.join('/')}` : '';
  try {
    return await request({
      method: 'GET',
      url: `${address}${prefix}${path || '/'}`,
      headers: { Host: host, 'X-Cf-App-Instance': `${guid}:${index}` },
      timeoutMs: ANSWER_MS,
      freshConnection: true,
      ...(authority === undefined ? {} : { tls: { ca: [...rootCertificates, authority].join('\n') } }),
      signal,
    });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    // Routers' own answers are short.
    if (error.kind === 'too-large') return { status: 200, headers: {}, text: '' };
    return { problem: error.message.replace(/\.$/, '') };
  }
}

/**
 * Whether the header does anything at all on the way to a route: an app that nobody has must be unknown there. A proxy in
 * between may drop it, and then every answer would look like a proof. Undefined: it does.
 */
export async function blindness(
  foundation: Foundation,
  target: TargetConfig,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nobody = { guid: randomUUID(), name: 'nobody' };
  for (const address of addressesOf(foundation, target, url)) {
    const seen = await ask(foundation, address, { url, app: nobody, index: 0 }, signal);
    if (seen === 'unknown') continue;
    return typeof seen === 'object'
      ? `${address}: ${seen.problem}`
      : `${address} answers for an app that does not exist`;
  }
  return undefined;
}

/** Every wanted instance of an app at a route. */
export function expectAll(
  url: string,
  app: Expectation['app'],
  size: number,
  isMapped: boolean,
): readonly Expectation[] {
  return Array.from({ length: Math.max(1, size) }, (_, index) => ({ url, app, index, isMapped }));
}

export function provedText(expectations: readonly Expectation[]): string {
  const reached = expectations.filter(({ isMapped }) => isMapped).length;
  return `${count(reached, 'instance')} reached through the routers, and ${expectations.length - reached} not any more`;
}
