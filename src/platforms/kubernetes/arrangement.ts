/** Which document of a manifest is what: the slot's workloads, what belongs to each slot, and what both share. Pure. */
import type { TargetConfig } from '../../config/schema.js';
import { configurationOf } from './configuration.js';
import { copyName } from './copies.js';
import { matches, selectorMatches } from './labels.js';
import type { Manifest, ManifestReading, Member } from './manifest.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, Labels, Service, Workload } from './objects.js';
import { isSupported, isWorkloadKind, SUPPORTED_WORKLOADS } from './workloads.js';

export interface Document {
  readonly file: string;
  readonly object: KubernetesObject;
}

/** The longest names that leave room for what Kubernetes puts behind them: pods carry them in labels. */
const LONGEST: Readonly<Record<string, number>> = { StatefulSet: 52, Deployment: 63, Service: 63 };

/** All mistakes at once, or the manifest. */
export function arrange(target: TargetConfig, documents: readonly Document[]): ManifestReading {
  const named = (kind: string) => documents.filter(({ object }) => object.kind === kind);
  const workloads = documents.filter(({ object }) => isWorkloadKind(object.kind));
  const autoscalers = named('HorizontalPodAutoscaler');
  const budgets = named('PodDisruptionBudget');
  const mistakes = [
    ...duplicates(documents),
    ...workloadMistakes(target, workloads),
    ...workloads.flatMap(one => contentMistakes(target, one.object as Workload)),
    ...autoscalers.flatMap(one => autoscalerMistakes(one, workloads)),
    ...budgets.flatMap(one => budgetMistakes(one, workloads)),
    ...rivalMistakes(workloads, autoscalers, budgets),
    ...routeMistakes(target, documents, workloads),
  ];
  if (mistakes.length) return { manifest: undefined, mistakes };
  const services = named('Service').map(({ object }) => object as Service);
  const sets = workloads.map(({ object }) => object as Workload);
  const main = mainOf(target, sets, services);
  if (!main) return { manifest: undefined, mistakes };
  const memberOf = (workload: Workload): Member => ({
    workload,
    autoscaler: autoscalers.map(({ object }) => object as Autoscaler).find(one => scales(one, workload)),
    budget: budgets.map(({ object }) => object as DisruptionBudget).find(one => protects(one, workload, sets)),
  });
  const members = sets.filter(one => one !== main).map(memberOf);
  const apart = new Set<KubernetesObject>([...workloads, ...autoscalers, ...budgets].map(({ object }) => object));
  const rest = documents.map(({ object }) => object).filter(object => !apart.has(object));
  const copies = rest.filter(object => isCopied(target, object, sets));
  const others = rest.filter(object => !copies.includes(object) || isPullSecret(object, sets));
  const manifest: Manifest = { ...memberOf(main), members, copies, services, others };
  const tooLong = lengthMistakes(target, [...members.map(({ workload }) => workload), ...copies]);
  return tooLong.length ? { manifest: undefined, mistakes: tooLong } : { manifest, mistakes };
}

/** The one that traffic goes to, as far as the manifest says; else the one that is called like the target; else the first. */
function mainOf(target: TargetConfig, workloads: readonly Workload[], services: readonly Service[]) {
  const routed = services.filter(({ metadata }) => target.routes.includes(`service/${metadata.name}`));
  return (
    workloads.find(one => routed.some(service => matches(service.spec.selector, labelsOf(one)))) ??
    workloads.find(({ metadata }) => metadata.name === target.name) ??
    workloads[0]
  );
}

function labelsOf(workload: Workload): Labels {
  return workload.spec?.template?.metadata?.labels ?? {};
}

function scales({ spec }: Autoscaler, workload: Workload): boolean {
  return spec.scaleTargetRef.kind === workload.kind && spec.scaleTargetRef.name === workload.metadata.name;
}

/** Of several workloads the first whose pods it selects; the only one needs no asking. */
function protects({ spec }: DisruptionBudget, workload: Workload, workloads: readonly Workload[]): boolean {
  if (workloads.length === 1) return true;
  const selects = (one: Workload) => spec.selector !== undefined && selectorMatches(spec.selector, labelsOf(one));
  return workloads.find(selects) === workload;
}

/** Named in `per-slot` and read by a pod, or the headless Service that gives a StatefulSet's pods their names. */
function isCopied(target: TargetConfig, object: KubernetesObject, workloads: readonly Workload[]): boolean {
  const { kind, metadata } = object;
  const home = workloads[0]?.metadata.namespace;
  if (metadata.namespace !== undefined && home !== undefined && metadata.namespace !== home) return false;
  if (kind === 'Service') {
    const governs = workloads.some(one => one.kind === 'StatefulSet' && one.spec.serviceName === metadata.name);
    const isRoute = target.routes.includes(`service/${metadata.name}`);
    return governs && !isRoute && (object as Service).spec.clusterIP === 'None';
  }
  const isAsked = kind === 'ConfigMap' ? 'configmaps' : kind === 'Secret' ? 'secrets' : undefined;
  if (isAsked === undefined || !target['per-slot'].includes(isAsked)) return false;
  return workloads.some(one => configurationOf(one.spec.template.spec).has(`${kind}/${metadata.name}`));
}

/** Pulling images goes by the name that is written, whatever a container reads. */
function isPullSecret({ kind, metadata }: KubernetesObject, workloads: readonly Workload[]): boolean {
  const names = workloads.flatMap(one => one.spec.template.spec.imagePullSecrets ?? []).map(({ name }) => name);
  return kind === 'Secret' && names.includes(metadata.name);
}

function duplicates(documents: readonly Document[]): readonly string[] {
  const seen = new Map<string, string>();
  return documents.flatMap(({ file, object: { apiVersion, kind, metadata } }) => {
    const key = [apiVersion, kind, metadata.namespace, metadata.name].join('/');
    const before = seen.get(key);
    seen.set(key, file);
    return before === undefined ? [] : [`${kind} ${metadata.name} is defined twice, in ${before} and in ${file}.`];
  });
}

function workloadMistakes(target: TargetConfig, workloads: readonly Document[]): readonly string[] {
  if (workloads.length === 0) return [`${target.manifest} has no workload; it needs a ${SUPPORTED_WORKLOADS}.`];
  const homes = new Set(workloads.map(({ object }) => object.metadata.namespace ?? target.namespace));
  return [
    ...(homes.size > 1 ? [`The workloads of ${target.manifest} are in several namespaces, and a slot is in one.`] : []),
    ...workloads
      .filter(({ object }) => !isSupported(object))
      .map(
        ({ file, object }) =>
          `${object.apiVersion} ${object.kind} in ${file} is not supported; use a ${SUPPORTED_WORKLOADS} of apps/v1.`,
      ),
  ];
}

function contentMistakes(target: TargetConfig, workload: Workload): readonly string[] {
  const mistakes: string[] = [];
  const { namespace, name } = workload.metadata;
  if (target.namespace !== undefined && namespace !== undefined && namespace !== target.namespace) {
    mistakes.push(`${workload.kind} ${name} says namespace ${namespace}, but the target says ${target.namespace}.`);
  }
  const containers = workload.spec?.template?.spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0)
    mistakes.push(`${workload.kind} ${name} has no containers.`);
  return mistakes;
}

function autoscalerMistakes({ file, object }: Document, workloads: readonly Document[]): readonly string[] {
  const ref = (object as Autoscaler).spec?.scaleTargetRef;
  const sets = workloads.map(one => one.object as Workload);
  const known = sets.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const scaled = ref ? `${ref.kind} ${ref.name}` : 'nothing';
  if (known.length && !known.includes(scaled)) {
    const wanted = `should scale ${known.join(' or ')}`;
    return [`HorizontalPodAutoscaler ${object.metadata.name} in ${file} scales ${scaled}, and ${wanted}.`];
  }
  return [];
}

/** Whether it is clear whose pods a budget counts, and that nobody else's are counted twice. */
function budgetMistakes({ file, object }: Document, workloads: readonly Document[]): readonly string[] {
  const sets = workloads.map(one => one.object as Workload);
  const selector = (object as DisruptionBudget).spec?.selector;
  if (sets.length < 2 || (selector && sets.some(one => selectorMatches(selector, labelsOf(one))))) return [];
  return [`PodDisruptionBudget ${object.metadata.name} in ${file} selects the pods of none of the workloads.`];
}

/** A workload has at most one of each. */
function rivalMistakes(
  workloads: readonly Document[],
  autoscalers: readonly Document[],
  budgets: readonly Document[],
): readonly string[] {
  const sets = workloads.map(one => one.object as Workload);
  return sets.flatMap(workload => {
    const counts = {
      HorizontalPodAutoscaler: autoscalers.filter(({ object }) => scales(object as Autoscaler, workload)).length,
      PodDisruptionBudget: budgets.filter(({ object }) => protects(object as DisruptionBudget, workload, sets)).length,
    };
    const { kind, metadata } = workload;
    return Object.entries(counts).flatMap(([rival, amount]) =>
      amount > 1 ? [`There are ${amount} ${rival}s for ${kind} ${metadata.name}, and it can have one.`] : [],
    );
  });
}

/** The traffic of a route goes to one workload of a slot, so that it can be counted whether all of it is there. */
function routeMistakes(
  target: TargetConfig,
  documents: readonly Document[],
  workloads: readonly Document[],
): readonly string[] {
  const routed = documents.filter(
    ({ object: { kind, metadata } }) => kind === 'Service' && target.routes.includes(`service/${metadata.name}`),
  );
  return routed.flatMap(({ object }) => {
    const { selector } = (object as Service).spec ?? {};
    const selected = workloads.map(one => one.object as Workload).filter(one => matches(selector, labelsOf(one)));
    if (selected.length < 2) return [];
    const names = selected.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(' and ');
    return [`Service ${object.metadata.name} selects the pods of ${names}; give them labels that differ.`];
  });
}

/** Names that get the slot's behind them must leave room for it. */
function lengthMistakes({ slots }: TargetConfig, objects: readonly KubernetesObject[]): readonly string[] {
  return objects.flatMap(({ kind, metadata }) => {
    const longest = Math.max(...Object.values(slots).map(slot => copyName(metadata.name, slot).length));
    const most = LONGEST[kind] ?? 253;
    if (longest <= most) return [];
    return [`${kind} ${metadata.name} gets the slot's name behind its own: ${longest} characters, of at most ${most}.`];
  });
}
