/** Whether the controllers and the endpoints follow a route that names Services. */

import { Bell } from '../../../lib/bell.js';
import type { RouteState, Verdict } from '../../../release/model.js';
import type { Client } from '../client.js';
import { Collection } from '../collection.js';
import type { Context } from '../context.js';
import type { BackendDocument } from '../documents.js';
import { followService } from '../endpoint-watch.js';
import type { KubernetesObject } from '../objects.js';
import { messageOf } from '../transport.js';
import type { ControllerWord } from './kinds.js';
import { backendDocumentOf, isReached, routeOf } from './switch.js';

/** The route is as wanted or further on, its controllers have accepted that, and each Service lists exactly its slot's pods. */
export async function confirmBackends({ client }: Context, route: RouteState, signal: AbortSignal): Promise<Verdict> {
  const document = backendDocumentOf(route);
  if (document.parts === null)
    return { verdict: 'unknown', reason: `${document.of} ${document.name} did not exist in the routing to confirm` };
  const { namespace, served } = document;
  const verdicts = await Promise.all([
    followRoute(client, document, route.text, signal),
    ...served.map(({ service, selector, slot, isShared }) =>
      followService(client, { name: service, namespace, selector, slots: [slot], isShared }, signal),
    ),
  ]);
  const worst = verdicts.find(one => one.verdict === 'fail') ?? verdicts.find(one => one.verdict === 'unknown');
  return worst ?? { verdict: 'pass', reason: verdicts.map(one => one.reason).join('; ') };
}

/** Waits for the word of the controllers until the signal ends; what they refuse they may still come to accept. */
async function followRoute(
  client: Client,
  document: BackendDocument,
  text: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const { namespace, name } = document;
  const { resource } = routeOf(document);
  const query = { fieldSelector: `metadata.name=${name}` };
  const bell = new Bell();
  let verdict: Verdict = { verdict: 'unknown', reason: `${document.of} ${name} was not seen` };
  try {
    await using routes = await Collection.open(client, { resource, namespace, query, changed: bell.ring, signal });
    while (true) {
      const word = judge(document, routes.items()[0], text);
      verdict = word.verdict;
      if (word.isFinal) return verdict;
      await bell.heard(signal);
    }
  } catch (error) {
    if (signal.aborted) return verdict;
    return { verdict: 'unknown', reason: `${document.of} ${name} could not be followed: ${messageOf(error)}` };
  }
}

/** Somebody else's routing is told at once: waiting would not bring ours back. */
function judge(document: BackendDocument, object: KubernetesObject | undefined, text: string) {
  const { kind } = routeOf(document);
  const what = `${kind.kind} ${document.name}`;
  const fail = (reason: string, isFinal: boolean) => ({ verdict: { verdict: 'fail', reason } as const, isFinal });
  if (!object) return fail(`${what} does not exist`, true);
  if (!isReached(kind, object, document)) return fail(`${what} does not lead to ${text} any more`, true);
  const word: ControllerWord = kind.word?.(object) ?? { state: 'accepted', reason: '' };
  if (word.state !== 'accepted') return fail(`${what}: ${word.reason}`, false);
  const said = word.reason === '' ? '' : `, and ${word.reason}`;
  return { verdict: { verdict: 'pass', reason: `${what} leads to ${text}${said}` } as const, isFinal: true };
}
