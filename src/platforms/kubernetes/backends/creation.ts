/** The Service that a slot is served by, made beside green: it has its endpoints long before traffic is sent there. */
import type { Change, TargetPlan } from '../../../release/model.js';
import type { Client } from '../client.js';
import { hasCode } from '../failures.js';
import { type KubernetesObject, title } from '../objects.js';
import { SERVICES } from '../resources.js';
import { documentOf } from '../routes.js';

/** Created if absent. One that somebody else made meanwhile is judged by the pods that it selects, right before the switch. */
export async function createServices(
  client: Client,
  { next }: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const made = new Set<string>();
  for (const document of next.routes.map(documentOf)) {
    if (document.kind !== 'Backends' || !document.creates || made.has(document.creates.metadata.name)) continue;
    made.add(document.creates.metadata.name);
    if (await createService(client, document.creates, signal)) {
      changes.push({ verb: 'create', object: title(document.creates), detail: "for green's pods alone" });
    }
  }
  return changes;
}

/** Answers whether it was absent. */
export async function createService(client: Client, service: KubernetesObject, signal: AbortSignal): Promise<boolean> {
  try {
    await client.create(SERVICES, service, signal);
    return true;
  } catch (error) {
    if (!hasCode(error, 'CONFLICT')) throw error;
    return false;
  }
}
