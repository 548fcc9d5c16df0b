/** The workloads that green will consist of, beside those of their names that are there. */
import type { Routing, Slot, TargetPlan } from '../../release/model.js';
import { belongingsIn, isSame, isWorkload } from './belongings.js';
import { type Context, requireManifest, type Site } from './context.js';
import { kubernetesFailure } from './failures.js';
import { fitLabels, type Green, greenWorkload, manifestLabels, memberLabels, memberName } from './green.js';
import { DEFINITION_ANNOTATION, describeLabels, matches, SLOT_LABEL, selectorMatches } from './labels.js';
import type { Manifest, Member } from './manifest.js';
import { counterpartOf, knownMembers, memberSize, readMembers } from './members.js';
import type { Labels, Workload } from './objects.js';
import { documentOf, selectorsOf } from './routes.js';
import { isGoing, readWorkload, slotKinds } from './workloads.js';

/** One workload of green: what it will be, and the one of its name that is there. */
export interface Piece {
  readonly member: Member;
  readonly green: Green;
  readonly wanted: Workload;
  readonly existing: Workload | undefined;
  /** Whether the existing one can become what is wanted. */
  readonly kept: boolean;
}

/** The main workload first. Throws WOULD_MIX when a Service that has live traffic would select one of the others. */
export async function piecesOf(
  { client }: Context,
  site: Site,
  plan: TargetPlan,
  existing: Workload | undefined,
  signal: AbortSignal,
): Promise<readonly Piece[]> {
  const manifest = requireManifest(site);
  const { namespace, target } = site;
  const piece = (member: Member, green: Green, old: Workload | undefined): Piece => {
    const wanted = greenWorkload(manifest, target, green, member);
    return { member, green, wanted, existing: old, kept: fits(wanted, old, green) };
  };
  const main = piece(manifest, greenOf(site, plan, existing), existing);
  if (manifest.members.length === 0) return [main];
  const [olds, blues] = await Promise.all([
    readMembers(client, namespace, belongingsIn(manifest, plan.green).filter(isWorkload), signal),
    membersOfBlue(client, site, plan, signal),
  ]);
  return [
    main,
    ...manifest.members.map(member => {
      const base = memberGreen(manifest, namespace, member, plan);
      refuseMixing(base, plan);
      const own = { kind: member.workload.kind, name: base.name };
      const size = memberSize(member, counterpartOf(own, { from: plan.green, to: plan.blue ?? '' }, blues));
      const old = olds.find(({ kind, metadata }) => isSame({ kind, name: metadata.name }, own));
      const selector = old && selectorMatches(old.spec.selector, base.labels) ? old.spec.selector : undefined;
      return piece(member, { ...base, size, selector }, old);
    }),
  ];
}

/** Green's main workload, with labels that an existing one's selector still selects, if they can be made so. */
export function greenOf(site: Site, plan: TargetPlan, existing: Workload | undefined): Green {
  const manifest = requireManifest(site);
  const labels = labelsFor(manifestLabels(manifest), plan.next, plan.green);
  const { green: slot, size, version = '' } = plan;
  const alone = existing && isAlone(manifest, existing, slot) ? existing : undefined;
  const shape = shapeOf(alone, labels, selectorsOf(plan.adopted ?? plan.previous));
  return { slot, name: slot, namespace: site.namespace, version, size, ...shape };
}

/** A further workload of green, as large as the manifest says. */
export function memberGreen(
  manifest: Manifest,
  namespace: string,
  member: Member,
  { green: slot, version = '' }: Pick<TargetPlan, 'green' | 'version'>,
): Green {
  const name = memberName(manifest, member, slot);
  const labels = memberLabels(manifest, member, slot);
  return { slot, name, namespace, version, size: memberSize(member, undefined), labels };
}

/** Two workloads whose selectors overlap would fight for pods: a selector of the slot alone is for one workload. */
export function isAlone(manifest: Manifest, existing: Workload, slot: string): boolean {
  return !manifest.members.some(member =>
    selectorMatches(existing.spec.selector, memberLabels(manifest, member, slot)),
  );
}

async function membersOfBlue(
  client: Context['client'],
  { namespace, manifest }: Site,
  { blue }: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Workload[]> {
  if (blue === undefined) return [];
  const main = await readWorkload(client, namespace, blue, signal, slotKinds(manifest));
  return main ? readMembers(client, namespace, knownMembers(main, manifest, blue), signal) : [];
}

function refuseMixing({ labels, name, namespace }: Green, plan: TargetPlan): void {
  const selector = selectorsOf(plan.adopted ?? plan.previous).find(one => matches(one, labels));
  if (!selector) return;
  const facts = { selector: describeLabels(selector), strangers: `pods of ${name}` };
  throw kubernetesFailure('WOULD_MIX', { service: `of namespace ${namespace}`, ...facts });
}

/** Whether an existing one can become what is wanted. One that is on its way out cannot. A Deployment fits by its selector. Of a StatefulSet nearly nothing can be changed, and a stuck one stays stuck. */
export function fits(wanted: Workload, existing: Workload | undefined, { selector }: Green): boolean {
  if (!existing || isGoing(existing) || selector === undefined || existing.kind !== wanted.kind) return false;
  if (wanted.kind !== 'StatefulSet') return true;
  const definition = (one: Workload) => one.metadata.annotations?.[DEFINITION_ANNOTATION];
  return definition(existing) === definition(wanted);
}

/** The labels and the selector of an existing workload, if they can be made to fit; else those of a new one. */
export function shapeOf(existing: Workload | undefined, labels: Labels, live: readonly Labels[]) {
  const fitted = existing && fitLabels(labels, existing.spec.selector, live);
  return fitted ? { labels: fitted, selector: existing.spec.selector } : { labels, selector: undefined };
}

/** The labels that green's pods must have for a routing to select them. */
export function labelsFor(base: Labels, next: Routing, green: Slot): Labels {
  const wanted = next.routes.map(documentOf).map(document => ({
    ...document.selector,
    ...(document.kind === 'Backends' ? document.labels : {}),
  }));
  return Object.assign({}, base, ...wanted, { [SLOT_LABEL]: green });
}
