/** The further workloads of a slot, on the cluster: who they are and how large. */
import { type Belonging, isSame, recordedMembers } from './belongings.js';
import type { Client } from './client.js';
import { copyName } from './copies.js';
import { memberName } from './green.js';
import type { Manifest, Member } from './manifest.js';
import type { Workload } from './objects.js';
import { readWorkload, wantedSize, workloadResource } from './workloads.js';

/** Those that the main workload tells of; of a slot whose main workload is gone, those that the manifest has. */
export function knownMembers(
  main: Workload | undefined,
  manifest: Manifest | undefined,
  slot: string,
): readonly Belonging[] {
  if (main || !manifest) return recordedMembers(main);
  return manifest.members.map(member => ({ kind: member.workload.kind, name: memberName(manifest, member, slot) }));
}

/** One request each; those that do not exist are left out. */
export async function readMembers(
  client: Client,
  namespace: string,
  members: readonly Belonging[],
  signal: AbortSignal,
): Promise<readonly Workload[]> {
  const found = await Promise.all(
    members.map(member => readWorkload(client, namespace, member.name, signal, [workloadResource(member)])),
  );
  return found.flatMap(one => one ?? []);
}

/** How large a further workload becomes: as its counterpart in the other slot is now, else as the manifest says. */
export function memberSize(member: Member, counterpart: Workload | undefined): number {
  return counterpart ? wantedSize(counterpart) : (member.workload.spec.replicas ?? 1);
}

/** The workload that does in one slot what `member` does in the other. */
export function counterpartOf(
  member: Belonging,
  slots: { readonly from: string; readonly to: string },
  others: readonly Workload[],
): Workload | undefined {
  const base = member.name.endsWith(`-${slots.from}`) ? member.name.slice(0, -slots.from.length - 1) : undefined;
  if (base === undefined) return undefined;
  const wanted = { kind: member.kind, name: copyName(base, slots.to) };
  return others.find(({ kind, metadata }) => isSame({ kind, name: metadata.name }, wanted));
}
