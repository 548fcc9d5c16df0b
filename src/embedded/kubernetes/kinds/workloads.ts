import type { Deployment, KubernetesObject, LabelSelector, Labels, Workload } from '../objects.js';
import { selectorMatcher } from '../selectors.js';
import { badRequest, type FieldError } from '../status.js';
import { type Kind, literal, missing, wrong } from './kind.js';
import { defaultTemplate, validateTemplate } from './pods.js';

function workloadKind(defaults: (spec: Workload['spec']) => Record<string, unknown>): Kind {
  return {
    defaults(object) {
      const spec = (object as Workload).spec ?? {};
      const filled = { replicas: 1, ...spec, ...defaults(spec), template: defaultTemplate(spec.template) };
      return { ...object, spec: filled, status: object.status ?? {} };
    },
    validate: validateWorkload,
  };
}

export const deploymentKind = workloadKind(spec => {
  const given = (spec as Deployment['spec']).strategy;
  const type = given?.type ?? 'RollingUpdate';
  const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...given?.rollingUpdate };
  return {
    strategy: type === 'RollingUpdate' ? { type, rollingUpdate } : { ...given, type },
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
  };
});

export const replicaSetKind = workloadKind(() => ({}));

export const statefulSetKind = workloadKind(spec => ({
  podManagementPolicy: spec.podManagementPolicy ?? 'OrderedReady',
  updateStrategy: spec.updateStrategy ?? { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
}));

function validateWorkload(object: KubernetesObject, current: KubernetesObject | undefined): FieldError[] {
  const { kind, apiVersion, spec } = object as Workload;
  const version = apiVersion.split('/')[1] ?? apiVersion;
  if (!Number.isInteger(spec.replicas)) throw notInteger(kind, version, spec.replicas);
  const labels = spec.template.metadata?.labels ?? {};
  const selector = spec.selector;
  const empty = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0;
  const before = (current as Workload | undefined)?.spec.selector;
  return [
    ...((spec.replicas ?? 0) < 0 ? [wrong('spec.replicas', spec.replicas, 'must be greater than or equal to 0')] : []),
    ...(selector === undefined ? [missing('spec.selector')] : []),
    ...(selector !== undefined && empty
      ? [wrong('spec.selector', literal(goSelector(selector)), `empty selector is invalid for ${kind.toLowerCase()}`)]
      : []),
    ...(selector !== undefined && !selectorMatcher(selector)(labels)
      ? [wrong('spec.template.metadata.labels', literal(goMap(labels)), '`selector` does not match template `labels`')]
      : []),
    ...validateTemplate(kind, version, spec.template),
    ...(before !== undefined && goSelector(before) !== goSelector(selector)
      ? [wrong('spec.selector', literal(goSelector(selector)), 'field is immutable')]
      : []),
  ];
}

function notInteger(kind: string, version: string, value: unknown) {
  const type = typeof value === 'boolean' ? 'bool' : typeof value;
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${type} into Go struct field ${kind}Spec.spec.replicas of type int32`,
  );
}

/** A map as the real server's messages print it. */
function goMap(labels: Labels): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(', ')}}`;
}

function goSelector(selector: LabelSelector | undefined): string {
  const labels = selector?.matchLabels === undefined ? 'map[string]string(nil)' : goMap(selector.matchLabels);
  const requirements = (selector?.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `v1.LabelSelectorRequirement{Key:${JSON.stringify(key)}, Operator:${JSON.stringify(operator)}, Values:[]string{${(values ?? []).map(value => JSON.stringify(value)).join(', ')}}}`,
  );
  const expressions = requirements.length === 0 ? '(nil)' : `{${requirements.join(', ')}}`;
  return `v1.LabelSelector{MatchLabels:${labels}, MatchExpressions:[]v1.LabelSelectorRequirement${expressions}}`;
}
