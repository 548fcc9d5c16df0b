import { applied } from '../apply.js';
import { fromStored, storedResource, toStored } from '../conversions.js';
import { type DeleteOptions, deleteObject } from '../deletion.js';
import type { KubernetesObject } from '../objects.js';
import { applyPatchTypes, jsonPatchType, mergePatchType, patched, strategicPatchType } from '../patch.js';
import type { Registry, WriteOptions } from '../registry.js';
import { apiVersionOf } from '../resources.js';
import {
  type ApiError,
  badRequest,
  invalid,
  methodNotAllowed,
  notFound,
  unsupportedMediaType,
  wrongKind,
} from '../status.js';
import { type Exchange, isObject } from './exchange.js';
import { filterOf } from './read.js';
import { isTrue, type Target } from './routes.js';
import { fromScale, scaleOf } from './scale.js';

/** What a write answers. */
export interface Written {
  readonly status: 200 | 201;
  readonly body: unknown;
}

/** Creates, replaces, patches and deletes, as the requests ask for. */
export class Writer {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async create(exchange: Exchange, { resource, namespace, name, subresource }: Target): Promise<Written> {
    if (name !== '' || subresource !== '' || (resource.namespaced && namespace === '')) throw methodNotAllowed();
    const object = typed(await exchange.object(), resource);
    const options = { dryRun: exchange.dryRun, manager: exchange.manager('Update') };
    return { status: 201, body: this.#registry.create(storedResource(resource), namespace, object, options) };
  }

  async replace(exchange: Exchange, target: Target): Promise<Written> {
    const { namespace, name, subresource } = target;
    if (name === '') throw methodNotAllowed();
    const body = await exchange.object();
    const options = this.#options(exchange, target);
    if (subresource === 'scale') return this.#scale(target, options, () => body);
    const object = typed(body, target.resource);
    const resource = storedResource(target.resource);
    const missing = this.#registry.store.get(resource, namespace, name) === undefined;
    // Of the kinds served here, only a Lease is created by a PUT.
    if (missing && resource.kind === 'Lease') {
      const { resourceVersion: _old, ...metadata } = object.metadata;
      return { status: 201, body: this.#registry.create(resource, namespace, { ...object, metadata }, options) };
    }
    return { status: 200, body: this.#registry.update(resource, namespace, name, () => object, options) };
  }

  async patch(exchange: Exchange, target: Target): Promise<Written> {
    const { resource, namespace, name, subresource } = target;
    const type = exchange.contentType;
    if (name === '') throw methodNotAllowed();
    if (applyPatchTypes.includes(type)) return this.#apply(exchange, target);
    const known =
      type === jsonPatchType || type === mergePatchType || (type === strategicPatchType && !resource.custom);
    if (!known) throw unsupportedMediaType();
    const patch = await exchange.data();
    const options = this.#options(exchange, target);
    const change = (current: KubernetesObject) =>
      toStored(resource, patched(fromStored(resource, current), type, patch));
    if (subresource === 'scale') return this.#scale(target, options, change);
    return { status: 200, body: this.#registry.update(storedResource(resource), namespace, name, change, options) };
  }

  async delete(exchange: Exchange, { resource: asked, namespace, name }: Target): Promise<unknown> {
    const resource = storedResource(asked);
    const object = this.#registry.get(resource, namespace, name);
    return deleteObject(this.#registry, resource, object, await deleteOptions(exchange));
  }

  /** Deletes all that match, and answers the list of them. */
  async deleteCollection(exchange: Exchange, target: Target): Promise<readonly KubernetesObject[]> {
    const options = await deleteOptions(exchange);
    const { namespace } = target;
    const resource = storedResource(target.resource);
    const doomed = this.#registry.store.list(resource, namespace).filter(filterOf(target, exchange.query));
    for (const object of doomed) deleteObject(this.#registry, resource, object, options);
    return doomed;
  }

  async #apply(exchange: Exchange, target: Target): Promise<Written> {
    const { namespace, name, subresource } = target;
    const resource = storedResource(target.resource);
    if (subresource === 'scale') throw unsupportedMediaType();
    const force = isTrue(exchange.query.get('force') ?? 'false');
    if (!exchange.query.get('fieldManager')) throw missingFieldManager();
    const configuration = typed(await exchange.data().then(requireObject), target.resource);
    if (configuration.metadata?.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
    const manager = exchange.manager('Apply', subresource);
    const now = this.#registry.now();
    const apply = (current?: KubernetesObject) => applied(current, configuration, { manager, force, now });
    const options = { ...this.#options(exchange, target), manager };
    if (this.#registry.store.get(resource, namespace, name) === undefined) {
      if (subresource !== '') throw notFound(resource, name);
      return { status: 201, body: this.#registry.create(resource, namespace, apply(), options) };
    }
    return { status: 200, body: this.#registry.update(resource, namespace, name, apply, options) };
  }

  /** A change of the Scale is a change of `spec.replicas`. */
  #scale(
    { resource, namespace, name }: Target,
    options: WriteOptions,
    change: (scale: KubernetesObject) => KubernetesObject,
  ): Written {
    const update = (current: KubernetesObject) => fromScale(current, change(scaleOf(current)));
    const written = this.#registry.update(resource, namespace, name, update, { ...options, subresource: undefined });
    return { status: 200, body: scaleOf(written) };
  }

  #options(exchange: Exchange, { subresource }: Target): WriteOptions {
    return {
      dryRun: exchange.dryRun,
      manager: exchange.manager('Update', subresource),
      subresource: subresource === 'status' || subresource === 'finalize' ? subresource : undefined,
    };
  }
}

/** The body as an object of the resource's kind, as it is stored; what it leaves out of kind and version is filled in. */
function typed(object: KubernetesObject, resource: Target['resource']): KubernetesObject {
  const apiVersion = object.apiVersion ?? apiVersionOf(resource);
  const kind = object.kind ?? resource.kind;
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) throw wrongKind(resource, apiVersion, kind);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  return toStored(resource, { kind, apiVersion, metadata: isObject(metadata) ? metadata : { name: '' }, ...rest });
}

function requireObject(data: unknown): KubernetesObject {
  if (!isObject(data)) throw badRequest('the request body is no object');
  return data as unknown as KubernetesObject;
}

async function deleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const body = await exchange.data();
  const given = (isObject(body) ? body : {}) as DeleteOptions & { dryRun?: string[] };
  const grace = exchange.query.get('gracePeriodSeconds');
  const { dryRun: dryRuns, ...rest } = given;
  return {
    ...rest,
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    propagationPolicy: exchange.query.get('propagationPolicy') ?? given.propagationPolicy,
    dryRun: exchange.dryRun || dryRuns?.includes('All') === true,
  };
}

function missingFieldManager(): ApiError {
  const message = 'Required value: is required for apply patch';
  const options = { kind: 'PatchOptions', group: 'meta.k8s.io' } as Target['resource'];
  return invalid(options, '', [{ field: 'fieldManager', reason: 'FieldValueRequired', message }]);
}
