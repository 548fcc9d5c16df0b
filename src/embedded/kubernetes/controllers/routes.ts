import { type KubernetesObject, timestamp } from '../objects.js';
import { resourceNamed } from '../resources.js';
import type { Change } from '../store.js';
import { type ControlContext, services } from './context.js';
import { type Controller, keyOf } from './loop.js';

const kinds = [resourceNamed('httproutes'), resourceNamed('grpcroutes')];

interface BackendRef {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Route extends KubernetesObject {
  readonly spec: {
    readonly parentRefs?: readonly object[];
    readonly rules?: readonly { readonly backendRefs?: readonly BackendRef[] }[];
  };
}

/**
 * Gateway API routes: accepted by each of their parents, and checked for backends that do not exist. A controller says so
 * some time after the write, of the generation that it has seen by then.
 */
export class RouteController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object, type }: Change): readonly string[] {
    if (kinds.includes(resource)) return [keyOf(object)];
    if (resource !== services || type === 'MODIFIED') return [];
    return kinds.flatMap(kind => this.#context.store.list(kind)).map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const { timers, timing } = this.#context;
    timers.after(timing.gateway, () => this.#say(namespace, name));
  }

  #say(namespace: string, name: string): void {
    const { now, registry, store } = this.#context;
    for (const kind of kinds) {
      const route = store.get(kind, namespace, name) as Route | undefined;
      if (route === undefined) continue;
      const time = timestamp(now());
      const before = (route.status as { parents?: { conditions: object[] }[] } | undefined)?.parents?.[0]?.conditions;
      const conditions = this.#conditions(route, namespace);
      const same = JSON.stringify(before, withoutTime) === JSON.stringify(conditions);
      if (same) continue;
      const timed = conditions.map(condition => ({ ...condition, lastTransitionTime: time }));
      const controllerName = 'cutover.embedded/gateway-controller';
      const parents = (route.spec.parentRefs ?? []).map(parentRef => ({
        parentRef,
        controllerName,
        conditions: timed,
      }));
      registry.amend(kind, route, current => ({ ...current, status: { parents } }));
    }
  }

  #conditions(route: Route, namespace: string): object[] {
    const observedGeneration = route.metadata.generation ?? 1;
    const backends = (route.spec.rules ?? []).flatMap(rule => rule.backendRefs ?? []);
    const missing = backends.find(
      ref => this.#context.store.get(services, ref.namespace ?? namespace, ref.name) === undefined,
    );
    const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration };
    const resolved =
      missing === undefined
        ? { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '', observedGeneration }
        : {
            type: 'ResolvedRefs',
            status: 'False',
            reason: 'BackendNotFound',
            message: `Service "${missing.name}" not found`,
            observedGeneration,
          };
    return [accepted, resolved];
  }
}

function withoutTime(key: string, value: unknown): unknown {
  return key === 'lastTransitionTime' ? undefined : value;
}
