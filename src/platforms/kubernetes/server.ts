/**
 * The wire: credentials and connections, by @kubernetes/client-node. The only module that imports it, and by name, so
 * that a bundler can drop the rest.
 */

import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import { HttpMethod, IsomorphicFetchHttpLibrary, KubeConfig, RequestContext, Watch } from '@kubernetes/client-node';
import { load as parseYaml } from 'js-yaml';
import { type Lease, Renewable } from '../../lib/wire/renewable.js';
import { kubernetesFailure } from './failures.js';
import { messageOf } from './transport.js';

export interface Question {
  readonly method: keyof typeof HttpMethod;
  /** Path and query, from the server's base on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How a watch ended: `undefined` when the server closed it in peace. */
export type WatchEnd = { readonly status?: number; readonly cause: unknown } | undefined;

/** Credentials are asked for again after this time; an exec plugin's or a file's token may have been renewed. */
const CREDENTIALS_FOR_MS = 60_000;

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;
interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
}

/** A KubeConfig that makes one dispatcher for many requests: the original makes one, with its own TLS handshake, for each. */
class ThriftyKubeConfig extends KubeConfig {
  private readonly credentials = new Renewable(
    () => performance.now(),
    () => this.read(),
  );
  private readonly dispatchers: Dispatcher[] = [];

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const { headers, dispatcher } = await this.credentials.get();
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
    if (dispatcher) context.setDispatcher(dispatcher);
  }

  /** Makes the next request read the credentials afresh. */
  forget(): void {
    this.credentials.renew();
  }

  async close(): Promise<void> {
    await Promise.all(this.dispatchers.map(dispatcher => dispatcher.destroy()));
  }

  /** Those of before stay open: requests may be under way on them. */
  private async read(): Promise<Lease<Credentials>> {
    const scratch = new RequestContext(this.getCurrentCluster()?.server ?? '', HttpMethod.GET);
    try {
      await super.applySecurityAuthentication(scratch);
    } catch (cause) {
      throw kubernetesFailure('CREDENTIALS', { reason: messageOf(cause) }, { cause });
    }
    // A token in a file often ends with a line break, which no header may have.
    const headers = Object.entries(scratch.getHeaders()).map(([name, value]) => [name, value.trim()]);
    const dispatcher = scratch.getDispatcher();
    if (dispatcher) this.dispatchers.push(dispatcher);
    return {
      value: { headers: Object.fromEntries(headers), dispatcher },
      renewAt: performance.now() + CREDENTIALS_FOR_MS,
    };
  }
}

/** Where credentials come from: `kubeconfig.ts` decides, client-node reads. */
export type KubeconfigSource =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'files'; readonly paths: readonly string[] }
  /** `root` is where the pod's file system is, if not at `/`. */
  | { readonly from: 'cluster'; readonly root?: string };

/** One API server and who we are to it. */
export class Server implements AsyncDisposable {
  /** The base URL, its path prefix included, without a trailing slash. */
  readonly url: string;
  /** The namespace of the context; undefined when it names none. */
  readonly namespace: string | undefined;
  private readonly config: ThriftyKubeConfig;
  private readonly http = new IsomorphicFetchHttpLibrary();
  private readonly mask: (secret: string) => void;

  /** Throws plain errors about the kubeconfig, such as a context that does not exist. */
  constructor(source: KubeconfigSource, context: string | undefined, mask: (secret: string) => void) {
    this.config = load(source);
    this.mask = mask;
    if (context !== undefined) this.config.setCurrentContext(context);
    const current = this.config.getContextObject(this.config.getCurrentContext());
    const cluster = this.config.getCurrentCluster();
    if (!current || !cluster) throw new Error(missingContext(this.config, context));
    this.url = cluster.server.replace(/\/+$/, '');
    this.namespace = current.namespace;
    for (const secret of secretsOf(this.config)) mask(secret);
    // Says now what would otherwise be said at the first request, such as http:// without insecure-skip-tls-verify.
    this.config.createDispatcherOptions(cluster, {});
  }

  /** Sends one request, once. Rejects with the transport's own error; every status is an answer. */
  async send(question: Question, signal: AbortSignal): Promise<Answer> {
    const context = new RequestContext(this.url + question.path, HttpMethod[question.method]);
    await this.config.applySecurityAuthentication(context);
    this.maskAuthorization(context);
    for (const [name, value] of Object.entries(question.headers ?? {})) context.setHeaderParam(name, value);
    if (question.body !== undefined) context.setBody(question.body);
    context.setSignal(signal);
    const response = await this.http.send(context).toPromise();
    return { status: response.httpStatusCode, headers: response.headers, text: await response.body.text() };
  }

  /** Watches a collection until the server or the signal ends it. `onEvent` must not throw: client-node would hide it. */
  async watch(
    path: string,
    query: Readonly<Record<string, string>>,
    onEvent: (type: string, object: unknown) => void,
    signal: AbortSignal,
  ): Promise<WatchEnd> {
    let stop = () => {};
    const end = new Promise<WatchEnd>((resolve, reject) => {
      let controller: AbortController | undefined;
      stop = () => {
        controller?.abort();
        resolve({ cause: signal.reason }); // client-node hands its controller out only once the server has answered
      };
      signal.addEventListener('abort', stop, { once: true });
      new Watch(this.config)
        .watch(path, query, onEvent, cause => resolve(watchEnd(cause)))
        .then(given => {
          controller = given;
          if (signal.aborted) stop();
        })
        .catch(reject);
    });
    try {
      return await end;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Options for node's own http(s) requests: for the proxies, which pass bodies through untouched. */
  async tunnelOptions(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    return options;
  }

  /** Makes the next request read the credentials afresh, as after an answer of 401. */
  forgetCredentials(): void {
    this.config.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.config.close();
  }

  private maskAuthorization(context: RequestContext): void {
    const token = context.getHeaders().Authorization?.replace(/^\w+ /, '');
    if (token) this.mask(token);
  }
}

function load(source: KubeconfigSource): ThriftyKubeConfig {
  const config = new ThriftyKubeConfig();
  if (source.from === 'text') {
    config.loadFromString(source.text);
    readTokenFiles(config, source.text, '.');
  } else if (source.from === 'cluster') config.loadFromCluster(source.root);
  else for (const [index, path] of source.paths.entries()) mergeFile(config, path, index === 0);
  return config;
}

/** As kubectl does: of several files the first one that says something wins. client-node refuses what is said twice. */
function mergeFile(config: KubeConfig, path: string, isFirst: boolean): void {
  const file = isFirst ? config : new KubeConfig();
  file.loadFromFile(path);
  readTokenFiles(file, readFileSync(path, 'utf8'), dirname(path));
  if (isFirst) return;
  const unknown = <T extends { readonly name: string }>(theirs: readonly T[], ours: readonly { name: string }[]) =>
    theirs.filter(({ name }) => !ours.some(one => one.name === name));
  file.users = unknown(file.users, config.users);
  file.clusters = unknown(file.clusters, config.clusters);
  file.contexts = unknown(file.contexts, config.contexts);
  config.mergeConfig(file, Boolean(config.currentContext));
}

/** `tokenFile` of a user, which client-node does not know by that name. It is read again when it may have changed. */
function readTokenFiles(config: KubeConfig, text: string, folder: string): void {
  const { users } = (parseYaml(text) ?? {}) as { users?: readonly { name: string; user?: { tokenFile?: unknown } }[] };
  const files = new Map((users ?? []).map(({ name, user }) => [name, user?.tokenFile]));
  config.users = config.users.map(user => {
    const file = files.get(user.name);
    if (typeof file !== 'string' || user.token) return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, file) } } };
  });
}

function missingContext(config: KubeConfig, wanted: string | undefined): string {
  const names = config.getContexts().map(context => context.name);
  const known = names.length ? `it has ${names.join(', ')}` : 'it has none';
  const name = wanted ?? config.getCurrentContext();
  return name
    ? `the kubeconfig has no complete context "${name}" (${known})`
    : `the kubeconfig names no current context (${known})`;
}

/** Everything in the kubeconfig that nobody may see, of all its users. */
function secretsOf(config: KubeConfig): readonly string[] {
  return config.getUsers().flatMap(user => {
    const provider: Record<string, unknown> = user.authProvider?.config ?? {};
    const environment: readonly { name: string; value: unknown }[] = user.exec?.env ?? [];
    return [
      user.token,
      user.password,
      user.keyData,
      user.keyData && Buffer.from(user.keyData, 'base64').toString('utf8'),
      ...['id-token', 'refresh-token', 'access-token', 'client-secret'].map(name => provider[name]),
      ...environment.filter(({ name }) => /token|secret|password|key/i.test(name)).map(({ value }) => value),
    ].filter((secret): secret is string => typeof secret === 'string' && secret.trim() !== '');
  });
}

function watchEnd(cause: unknown): WatchEnd {
  if (cause === null || cause === undefined) return undefined;
  const status = (cause as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? { status, cause } : { cause };
}
