/** What belongs to a slot beside its main workload: further workloads, copies, and what scales and protects them. */
import { copyName } from './copies.js';
import { COMPANIONS_ANNOTATION, MANAGED_LABEL } from './labels.js';
import type { Manifest, Member } from './manifest.js';
import type { Workload } from './objects.js';
import { isWorkloadKind } from './workloads.js';

export interface Belonging {
  readonly kind: string;
  readonly name: string;
}

/** As the manifest has it, in the order in which it is applied. */
export function belongingsIn(manifest: Manifest, slot: string): readonly Belonging[] {
  const beside = ({ autoscaler, budget }: Member, name: string) =>
    [autoscaler, budget].flatMap(one => (one ? [{ kind: one.kind, name }] : []));
  return [
    ...manifest.copies.map(({ kind, metadata }) => ({ kind, name: copyName(metadata.name, slot) })),
    ...beside(manifest, slot),
    ...manifest.members.flatMap(member => {
      const name = copyName(member.workload.metadata.name, slot);
      return [{ kind: member.workload.kind, name }, ...beside(member, name)];
    }),
  ];
}

/** What this tool applied beside a workload; undefined when somebody else made it and only a look can tell. */
export function recordedBelongings(workload: Workload): readonly Belonging[] | undefined {
  if (workload.metadata.labels?.[MANAGED_LABEL] !== 'true') return undefined;
  const words = (workload.metadata.annotations?.[COMPANIONS_ANNOTATION] ?? '').split(',').filter(word => word !== '');
  return words.map(word => {
    const [kind = '', name = workload.metadata.name] = word.split('/');
    return { kind, name };
  });
}

/** Further workloads that a slot is known to have, by its main one. */
export function recordedMembers(workload: Workload | undefined): readonly Belonging[] {
  const recorded = (workload && recordedBelongings(workload)) ?? [];
  return recorded.filter(isWorkload);
}

export function isWorkload({ kind }: Belonging): boolean {
  return isWorkloadKind(kind);
}

/** `Kind` for what has the slot's own name, else `Kind/name`. */
export function belongingText({ kind, name }: Belonging, slot: string): string {
  return name === slot ? kind : `${kind}/${name}`;
}

export function isSame(one: Belonging, other: Belonging): boolean {
  return one.kind === other.kind && one.name === other.name;
}
