/** The marks that this tool leaves on objects, and arithmetic on label maps. */
import type { LabelSelector, Labels } from './objects.js';

/** On the pods of a slot, its value is the slot's name: what a switched Service selects by. */
export const SLOT_LABEL = 'cutover/slot';
/** On every object that this tool created. `app.kubernetes.io/managed-by` is left to its owners. */
export const MANAGED_LABEL = 'cutover/managed';
/** On the ConfigMap that holds a release's record. */
export const RECORD_LABEL = 'cutover/record';
/** Annotation of a workload and of its pod template. */
export const VERSION_ANNOTATION = 'cutover/version';
/** Annotation of a Service or workload: the fencing number of the run that took over from a silent one. */
export const FENCE_ANNOTATION = 'cutover/fence';
/** Annotations of a route that people write: the digest of the plan that they approve or deny, and who they are. */
export const DECISION_ANNOTATIONS = {
  approve: 'cutover/approve',
  deny: 'cutover/deny',
  by: 'cutover/decided-by',
} as const;
/** Annotation of a workload: the kinds that were applied beside it under the slot's name, separated by commas. */
export const COMPANIONS_ANNOTATION = 'cutover/companions';
/** On the pods of a slot that has several workloads: the name that the manifest gives to theirs. */
export const WORKLOAD_LABEL = 'cutover/workload';
/** Annotation of a StatefulSet: a hash of what it was made from, since little of one can be changed. */
export const DEFINITION_ANNOTATION = 'cutover/definition';
/** Written by the Deployment controller; it changes with every template, so nothing durable may rest on it. */
export const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** Whether a Service with this selector selects a pod with these labels. An empty selector selects nothing. */
export function matches(selector: Labels | undefined, labels: Labels | undefined): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}

export function equalLabels(one: Labels | undefined, other: Labels | undefined): boolean {
  const [a, b] = [one ?? {}, other ?? {}];
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key]);
}

/** `app=shop, cutover/slot=shop-blue`, for people. */
export function describeLabels(labels: Labels | undefined): string {
  const parts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return parts.length ? parts.join(', ') : 'nothing';
}

/** The query value that the API understands; sorted, so that equal selectors make equal requests. */
export function labelQuery(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

/** A workload's selector as a query value, set-based requirements included. */
export function selectorQuery(selector: LabelSelector): string {
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  const equalities = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...equalities.sort(), ...expressions].join(',');
}

/** Whether a workload with this selector would own a pod with these labels. */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'In' ? listed : !listed;
    })
  );
}
