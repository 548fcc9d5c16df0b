import type { KubernetesObject, LabelSelector, Labels } from './objects.js';
import { badRequest } from './status.js';

export type Matcher = (labels: Labels) => boolean;

/** A workload's selector: matchLabels and matchExpressions, all of which must hold. */
export function selectorMatcher(selector: LabelSelector | undefined): Matcher {
  const equal = Object.entries(selector?.matchLabels ?? {});
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
    expression(key, operator, values ?? []),
  );
  return labels =>
    equal.every(([key, value]) => labels[key] === value) && expressions.every(matches => matches(labels));
}

/** A Service's selector: a map of equalities. */
export function mapMatcher(selector: Labels): Matcher {
  const equal = Object.entries(selector);
  return labels => equal.every(([key, value]) => labels[key] === value);
}

function expression(key: string, operator: string, values: readonly string[]): Matcher {
  switch (operator) {
    case 'In':
      return labels => labels[key] !== undefined && values.includes(labels[key]);
    case 'NotIn':
      return labels => labels[key] === undefined || !values.includes(labels[key]);
    case 'Exists':
      return labels => labels[key] !== undefined;
    case 'DoesNotExist':
      return labels => labels[key] === undefined;
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

const requirement =
  /\s*(?:(?<absent>!)\s*(?<missing>[^\s,=!()]+)|(?<key>[^\s,=!()]+)\s*(?:(?<operator>==?|!=)\s*(?<value>[^\s,()]*)|(?<set>in|notin)\s*\((?<values>[^)]*)\))?)\s*(?:,|$)/y;

/** The `labelSelector` of a query: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function parseLabelSelector(text: string): Matcher {
  const matchers: Matcher[] = [];
  requirement.lastIndex = 0;
  while (requirement.lastIndex < text.length) {
    const groups = requirement.exec(text)?.groups;
    if (groups === undefined) throw badRequest(`unable to parse requirement: ${text}`);
    matchers.push(requirementMatcher(groups));
  }
  return labels => matchers.every(matches => matches(labels));
}

function requirementMatcher(groups: Record<string, string | undefined>): Matcher {
  if (groups.missing !== undefined) return expression(groups.missing, 'DoesNotExist', []);
  const key = groups.key ?? '';
  if (groups.set !== undefined) {
    const values = (groups.values ?? '').split(',').map(value => value.trim());
    return expression(key, groups.set === 'in' ? 'In' : 'NotIn', values);
  }
  if (groups.operator === undefined) return expression(key, 'Exists', []);
  return expression(key, groups.operator === '!=' ? 'NotIn' : 'In', [groups.value ?? '']);
}

const fieldsByKind: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'status.podIP'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  ReplicaSet: ['status.replicas'],
  Secret: ['type'],
  Job: ['status.successful'],
  Service: ['spec.clusterIP', 'spec.type'],
};

/** The `fieldSelector` of a query: equalities on the few fields that the real server indexes for the kind. */
export function parseFieldSelector(kind: string, text: string): (object: KubernetesObject) => boolean {
  const known = ['metadata.name', 'metadata.namespace', ...(fieldsByKind[kind] ?? [])];
  const terms = text
    .split(',')
    .filter(term => term !== '')
    .map(term => {
      const [, field = '', operator, value = ''] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
      if (operator === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
      return { path: field.split('.'), wanted: value, equal: operator !== '!=' };
    });
  return object => terms.every(({ path, wanted, equal }) => (fieldValue(object, path) === wanted) === equal);
}

function fieldValue(object: KubernetesObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined || value === null ? '' : String(value);
}
