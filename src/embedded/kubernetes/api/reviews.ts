import { isAllowed, refusal, type User } from '../auth.js';
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

/** Answers a SelfSubjectAccessReview from the user's rules. */
export function reviewAccess(user: User, review: KubernetesObject): KubernetesObject {
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
