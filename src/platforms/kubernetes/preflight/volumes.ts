/** Volumes that one node, or one pod, may mount cannot serve two colours at once. */
import type { Finding } from '../../../release/model.js';
import type { KubernetesObject, PodSpec } from '../objects.js';
import { VOLUME_CLAIMS } from '../resources.js';
import type { Subjects } from './subjects.js';

interface Claim extends KubernetesObject {
  readonly spec?: { readonly accessModes?: readonly string[] };
}

/** One list of claims, and only where both colours name the same one. */
export async function volumeFindings({
  look,
  blue,
  template,
  plan,
  observation,
  tell,
}: Subjects): Promise<readonly Finding[]> {
  if (!blue || !template) return [];
  const blues = [blue, ...(observation.members.get(plan.blue ?? '') ?? [])].map(({ spec }) => spec.template.spec);
  const greens = (observation.manifest?.members ?? []).map(({ workload }) => workload.spec.template.spec);
  const held = new Set(blues.flatMap(pod => [...claimsOf(pod)]));
  const wanted = new Set([template, ...greens].flatMap(pod => [...claimsOf(pod)]));
  const shared = [...wanted].filter(name => held.has(name));
  if (shared.length === 0) return [];
  const claims = [...(await look.all<Claim>(VOLUME_CLAIMS)), ...((observation.manifest?.others ?? []) as Claim[])];
  return shared.flatMap(name => {
    const claim = claims.find(
      ({ kind, metadata }) => (kind ?? VOLUME_CLAIMS.kind) === VOLUME_CLAIMS.kind && metadata.name === name,
    );
    const modes = claim?.spec?.accessModes ?? [];
    if (!claim || modes.some(mode => mode.endsWith('Many'))) return [];
    const message = `Both ${plan.blue} and ${plan.green} mount PersistentVolumeClaim ${name}, which is ${modes.join(', ')}.`;
    const remedy = 'Give each slot a volume of its own, or use one that is ReadWriteMany or ReadOnlyMany.';
    return [tell('error', 'VOLUME_SHARED', message, remedy)];
  });
}

function claimsOf(pod: PodSpec): ReadonlySet<string> {
  return new Set((pod.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : [])));
}
