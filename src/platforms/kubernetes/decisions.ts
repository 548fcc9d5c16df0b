/** Annotations on a Service by which people approve or deny: whoever may patch it may decide. */
import type { DecisionPlace } from '../decision-place.js';
import type { Context, Site } from './context.js';
import { DECISION_ANNOTATIONS } from './labels.js';
import type { Service } from './objects.js';
import { SERVICES } from './resources.js';
import { isServiceRoute, serviceName } from './routes.js';

/** On the first Service among the routes of the target. @throws ROUTE_UNSUPPORTED when there is none. */
export function decisionPlace({ client }: Context, { target, namespace }: Site): DecisionPlace {
  const name = serviceName(target.routes.find(isServiceRoute) ?? target.routes[0] ?? '');
  const { approve, deny, by } = DECISION_ANNOTATIONS;
  const other = { approve: deny, deny: approve };
  return {
    place: `annotations of service/${name} in namespace ${namespace}`,
    command: (decision, digest) =>
      `kubectl -n ${namespace} annotate service/${name} --overwrite ${DECISION_ANNOTATIONS[decision]}=${digest} ${other[decision]}- ${by}="$USER"`,
    read: async signal => {
      const service = await client.get<Service>(SERVICES, namespace, name, signal);
      const annotations = service?.metadata.annotations ?? {};
      return { approve: annotations[approve], deny: annotations[deny], by: annotations[by] };
    },
  };
}
