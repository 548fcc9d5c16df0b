import { isAllowed, type Rule, refusal, type User } from '../auth.js';
import type { KubernetesObject } from '../objects.js';
import { resources } from '../resources.js';

interface ResourceAttributes {
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Answers a review of the user's own rights from the user's rules. */
export function answerReview(user: User, review: KubernetesObject): KubernetesObject {
  return review.kind === 'SelfSubjectRulesReview' ? reviewRules(user, review) : reviewAccess(user, review);
}

/** The rules of one namespace, as a Role would have them. */
function reviewRules(user: User, review: KubernetesObject): KubernetesObject {
  const { namespace = '' } = (review.spec ?? {}) as { namespace?: string };
  const all = [{ verbs: ['*'], groups: ['*'], resources: ['*'] }];
  const rules: readonly Rule[] = user.rules ?? all;
  const resourceRules = rules
    .filter(({ namespaces }) => !namespaces || namespaces.includes('*') || namespaces.includes(namespace))
    .map(({ verbs, groups, resources: named, names }) => ({
      verbs,
      apiGroups: groups,
      resources: named,
      ...(names ? { resourceNames: names } : {}),
    }));
  const status = { resourceRules, nonResourceRules: [], incomplete: false };
  return { kind: review.kind, apiVersion: review.apiVersion, metadata: { ...review.metadata }, spec: {}, status };
}

function reviewAccess(user: User, review: KubernetesObject): KubernetesObject {
  const spec = (review.spec ?? {}) as { resourceAttributes?: ResourceAttributes; nonResourceAttributes?: object };
  const {
    verb = '',
    group = '',
    resource = '',
    subresource,
    name = '',
    namespace = '',
  } = spec.resourceAttributes ?? {};
  const access = { verb, group, resource: subresource ? `${resource}/${subresource}` : resource, name, namespace };
  const allowed = spec.nonResourceAttributes !== undefined || isAllowed(user, access);
  const known = resources.some(entry => entry.plural === resource || resource === '*');
  const reason = allowed ? '' : `User "${user.name}" ${refusal(access)}`;
  return {
    kind: review.kind,
    apiVersion: review.apiVersion,
    metadata: { ...review.metadata },
    spec: review.spec,
    status: { allowed, ...(reason === '' ? {} : { reason }), ...(known ? {} : { evaluationError: '' }) },
  };
}
