/** Bringing an existing slot up again, such as a blue that was scaled to zero. */
import type { Change, Slot } from '../../release/model.js';
import { recordedMembers } from './belongings.js';
import type { Client } from './client.js';
import type { Context, Site } from './context.js';
import { counterpartOf, readMembers } from './members.js';
import { title, type Workload } from './objects.js';
import { readWorkload, requireWorkload, slotKinds, wantedSize, workloadResource } from './workloads.js';

/** The main workload gets at least `size` pods, the others as many as their counterparts in the other slot have now. */
export async function scaleSlot(
  { client }: Context,
  { target, namespace, manifest }: Site,
  slot: Slot,
  size: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const kinds = slotKinds(manifest);
  const main = await requireWorkload(client, namespace, slot, signal, kinds);
  const recorded = recordedMembers(main);
  const changes = await raise(client, main, size, signal);
  if (recorded.length === 0) return changes;
  const other = slot === target.slots.blue ? target.slots.green : target.slots.blue;
  const facing = recordedMembers(await readWorkload(client, namespace, other, signal, kinds));
  const [members, counterparts] = await Promise.all([
    readMembers(client, namespace, recorded, signal),
    readMembers(client, namespace, facing, signal),
  ]);
  const raised = await Promise.all(
    members.map(member => {
      const own = { kind: member.kind, name: member.metadata.name };
      return raise(client, member, wantedSize(counterpartOf(own, { from: slot, to: other }, counterparts)), signal);
    }),
  );
  return [...changes, ...raised.flat()];
}

async function raise(
  client: Client,
  workload: Workload,
  size: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const now = wantedSize(workload);
  if (now >= size) return [];
  const { name, namespace = '' } = workload.metadata;
  await client.scale(workloadResource(workload), namespace, name, size, signal);
  return [{ verb: 'scale', object: title(workload), detail: `replicas ${now} -> ${size}` }];
}
