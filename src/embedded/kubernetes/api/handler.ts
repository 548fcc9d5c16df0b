import { authorize, authorizePath } from '../auth.js';
import type { ControlContext } from '../controllers/context.js';
import type { Kubelet } from '../controllers/kubelet.js';
import { fromStored, storedResource } from '../conversions.js';
import type { KubernetesObject, Pod } from '../objects.js';
import { methodNotAllowed, noSuchResource } from '../status.js';
import { discover, openapi } from './discovery.js';
import { type Exchange, type Form, negotiate } from './exchange.js';
import { podLog } from './logs.js';
import { Forwarder } from './proxy.js';
import { Lister, listBody, listMetadata, type Page, partial } from './read.js';
import { jsonReply, type Reply, textReply } from './reply.js';
import { answerReview } from './reviews.js';
import { accessOf, parseRoute, type Target, verbOf } from './routes.js';
import { scaleOf } from './scale.js';
import { tableOf } from './table.js';
import { Watcher } from './watch.js';
import { Writer } from './write.js';

/** Does what a request asks for. */
export class Handler {
  readonly #context: ControlContext;
  readonly #kubelet: Kubelet;
  readonly #lister: Lister;
  readonly #watcher: Watcher;
  readonly #writer: Writer;
  readonly #proxy: Forwarder;

  constructor(context: ControlContext, kubelet: Kubelet) {
    this.#context = context;
    this.#kubelet = kubelet;
    this.#lister = new Lister(context.store);
    this.#watcher = new Watcher(context.store, context.timers, context.timing.bookmark);
    this.#writer = new Writer(context.registry);
    this.#proxy = new Forwarder(context);
  }

  /**
   * @returns the answer; undefined when it is being streamed
   * @throws ApiError for what the API refuses
   */
  async handle(exchange: Exchange, unknown: () => void): Promise<Reply | undefined> {
    const { method, url, user } = exchange;
    const route = parseRoute(url.pathname);
    if (route.type === 'info') {
      authorizePath(user, method.toLowerCase(), url.pathname);
      return this.#info(exchange, route.path, unknown);
    }
    if (route.type === 'no-group') {
      unknown();
      return textReply(404, '404 page not found\n');
    }
    if (route.type === 'no-resource') {
      unknown();
      throw noSuchResource();
    }
    const verb = verbOf(method, route.target, exchange.query);
    // Everybody who is known may ask what they may do.
    if (!route.target.resource.review) authorize(user, route.target.resource, accessOf(verb, route.target));
    return this.#resource(exchange, route.target, verb, unknown);
  }

  #info({ method, request }: Exchange, path: string, unknown: () => void): Reply {
    if (method === 'GET' && /^\/(healthz|livez|readyz)(\/|$)/.test(path)) return textReply(200, 'ok');
    const body = discover(path, request.headers.host ?? '') ?? openapi(path);
    if (body !== undefined && (method === 'GET' || method === 'HEAD')) return jsonReply(200, body);
    // kubectl asks for the older OpenAPI document too; without it, it uses what it knows itself.
    if (path !== '/openapi/v2') unknown();
    return textReply(404, '404 page not found\n');
  }

  async #resource(exchange: Exchange, target: Target, verb: string, unknown: () => void): Promise<Reply | undefined> {
    if (target.subresource === 'proxy') {
      await this.#proxy.forward(exchange, target);
      return undefined;
    }
    if (target.resource.review) return this.#review(exchange, target);
    const form = negotiate(exchange.request.headers.accept);
    switch (verb) {
      case 'get':
        return this.#get(exchange, target, form);
      case 'list':
        return this.#list(target, this.#lister.list(target, exchange.query), form);
      case 'watch':
        this.#watcher.watch(target, exchange, form, this.#context.now);
        return undefined;
      case 'create':
        return this.#written(target, await this.#writer.create(exchange, target), form);
      case 'update':
        return this.#written(target, await this.#writer.replace(exchange, target), form);
      case 'patch':
        return this.#written(target, await this.#writer.patch(exchange, target), form);
      case 'delete':
        if (target.subresource !== '') throw methodNotAllowed();
        return this.#written(target, { status: 200, body: await this.#writer.delete(exchange, target) }, form);
      case 'deletecollection': {
        if (target.resource.namespaced && target.namespace === '') throw methodNotAllowed();
        const items = await this.#writer.deleteCollection(exchange, target);
        return this.#list(target, { items, resourceVersion: String(this.#context.store.revision) }, form);
      }
      default:
        unknown();
        throw methodNotAllowed();
    }
  }

  async #review(exchange: Exchange, { name }: Target): Promise<Reply> {
    if (exchange.method !== 'POST' || name !== '') throw methodNotAllowed();
    return jsonReply(201, answerReview(exchange.user, await exchange.object()));
  }

  #get({ query }: Exchange, target: Target, form: Form): Reply {
    const { resource, namespace, name, subresource } = target;
    const object = this.#context.registry.get(storedResource(resource), namespace, name);
    if (subresource === 'log') {
      const pod = object as Pod;
      return textReply(200, podLog(pod, this.#kubelet.runner(pod), query), 'text/plain');
    }
    return this.#written(target, { status: 200, body: subresource === 'scale' ? scaleOf(object) : object }, form);
  }

  #written({ resource }: Target, { status, body }: { status: number; body: unknown }, form: Form): Reply {
    const object = fromStored(resource, body as KubernetesObject);
    if (form.as === undefined || object.kind === 'Status') return jsonReply(status, object, form.yaml);
    if (form.as === 'PartialObjectMetadata') return jsonReply(status, partial(object), form.yaml);
    const { resourceVersion } = object.metadata;
    return jsonReply(status, tableOf([object], { resourceVersion }, this.#context.now()), form.yaml);
  }

  #list({ resource }: Target, stored: Page, form: Form): Reply {
    const page = { ...stored, items: stored.items.map(item => fromStored(resource, item)) };
    const metadata = listMetadata(page);
    if (form.as === 'Table') {
      return jsonReply(200, tableOf(page.items, metadata, this.#context.now(), true, resource.kind), form.yaml);
    }
    if (form.as === 'PartialObjectMetadata') {
      const kind = 'PartialObjectMetadataList';
      return jsonReply(
        200,
        { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: page.items.map(partial) },
        form.yaml,
      );
    }
    return jsonReply(200, listBody(resource, page), form.yaml);
  }
}
