import { deleteObject } from '../deletion.js';
import { isTerminating } from '../objects.js';
import { resourceNamed, resources } from '../resources.js';
import type { Change } from '../store.js';
import { type ControlContext, namespaces } from './context.js';
import type { Controller } from './loop.js';

const serviceAccounts = resourceNamed('serviceaccounts');

/** Namespaces: each gets its default ServiceAccount; a deleted one goes when everything in it is gone. */
export class NamespaceController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object, type }: Change): readonly string[] {
    if (resource === namespaces) return [`/${object.metadata.name}`];
    const namespace = object.metadata.namespace;
    return type === 'DELETED' && namespace !== undefined ? [`/${namespace}`] : [];
  }

  reconcile(_cluster: string, name: string): void {
    const { registry, store } = this.#context;
    const namespace = store.get(namespaces, '', name);
    if (namespace === undefined) return;
    if (!isTerminating(namespace)) {
      if (store.get(serviceAccounts, name, 'default') !== undefined) return;
      registry.create(serviceAccounts, name, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default' },
      });
      return;
    }
    const contents = resources
      .filter(({ namespaced }) => namespaced)
      .flatMap(resource => store.list(resource, name).map(object => ({ resource, object })));
    for (const { resource, object } of contents) {
      if (!isTerminating(object)) deleteObject(registry, resource, object, { propagationPolicy: 'Background' });
    }
    const left = resources.some(resource => resource.namespaced && store.list(resource, name).length > 0);
    if (!left) store.remove(namespaces, namespace);
  }
}
