/** Whether the control plane and the endpoints follow a routing. */
import type { RouteState, Routing, Slot, Verdict } from '../../release/model.js';
import { confirmBackends } from './backends/confirmation.js';
import type { Context } from './context.js';
import type { ServiceDocument } from './documents.js';
import { followService } from './endpoint-watch.js';
import { describeLabels, equalLabels } from './labels.js';
import type { Labels, Service } from './objects.js';
import { SERVICES } from './resources.js';
import { documentOf } from './routes.js';
import { confirmWorkers } from './workers.js';

/** Every route leads to the slot as wanted, and what it leads to lists exactly the slot's ready pods. Waits until the signal ends. */
export async function confirmRouting(
  context: Context,
  routing: Routing,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  const verdicts = await Promise.all(routing.routes.map(route => confirmRoute(context, route, slot, signal)));
  const worst = verdicts.find(one => one.verdict === 'fail') ?? verdicts.find(one => one.verdict === 'unknown');
  return worst ?? { verdict: 'pass', reason: verdicts.map(one => one.reason).join('; ') };
}

function confirmRoute(context: Context, route: RouteState, slot: Slot, signal: AbortSignal): Promise<Verdict> {
  const document = documentOf(route);
  if (document.kind === 'Workers') return confirmWorkers(context, route, slot, signal);
  if (document.kind === 'Backends') return confirmBackends(context, route, signal);
  return confirmService(context, document, slot, signal);
}

async function confirmService(
  { client }: Context,
  { namespace, name, selector, both }: ServiceDocument,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  if (selector === null)
    return { verdict: 'unknown', reason: `Service ${name} did not exist in the routing to confirm` };
  // Both are asked at once: what the Service says decides whether the endpoints are waited for.
  const stop = new AbortController();
  const following = followService(
    client,
    { name, namespace, selector, slots: both?.slots ?? [slot] },
    AbortSignal.any([signal, stop.signal]),
  );
  following.catch(() => undefined); // told below, if at all
  try {
    const service = await client.get<Service>(SERVICES, namespace, name, signal);
    if (both && equalLabels(service?.spec.selector, both.onward))
      return { verdict: 'pass', reason: `Service ${name} selects ${slot} alone already` };
    const wrong = selectorTrouble(service, name, selector);
    return wrong ? { verdict: 'fail', reason: wrong } : await following;
  } finally {
    stop.abort();
    await Promise.allSettled([following]);
  }
}

function selectorTrouble(service: Service | undefined, name: string, wanted: Labels): string | undefined {
  if (!service) return `Service ${name} does not exist`;
  const { selector } = service.spec;
  if (equalLabels(selector, wanted)) return undefined;
  return `Service ${name} selects ${describeLabels(selector)}, and should select ${describeLabels(wanted)}`;
}
