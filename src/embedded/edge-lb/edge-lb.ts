import { json, type Reply, text } from '../marathon/api/exchange.js';
import type { MarathonContext } from '../marathon/context.js';
import type { Task } from '../marathon/task.js';
import type { Balancer, BalancerOptions } from './balancer/balancer.js';
import { EdgeLbError, poolExists, poolMissing, poolOfV1 } from './errors.js';
import { metadataOf } from './metadata.js';
import { completePool, type Pool } from './pool.js';
import { PoolRuntime } from './pool-runtime.js';
import { Ports } from './ports.js';
import { configurationOf } from './servers.js';
import { validatePool } from './validation.js';

/** What a pool's configuration is made from; pools of this Edge-LB may not have one of their own. */
const template = '{{/* The default template: global, defaults, frontends, backends. */}}\n';

export interface EdgeLbOptions {
  readonly context: MarathonContext;
  readonly tasks: () => readonly Task[];
  readonly createBalancer: (options: BalancerOptions) => Balancer;
}

/** One request to the API, below `/service/edgelb`. */
export interface EdgeLbRequest {
  readonly method: string;
  readonly path: string;
  readonly text: string;
  /** Whether the user may see and change a pool; '' for the list of all. */
  readonly may: (pool: string) => boolean;
}

/** Edge-LB: the pools as they are stored, and the load balancers that follow them. */
export class EdgeLb {
  /** How often a write shall answer 500 although the pool has been stored. */
  failAfterWrite = 0;
  readonly runtimes = new Map<string, PoolRuntime>();
  readonly #options: EdgeLbOptions;
  readonly #pools = new Map<string, Pool>();
  /** Names of pools of the older kind. */
  readonly #olderPools = new Set<string>();

  constructor(options: EdgeLbOptions) {
    this.#options = options;
  }

  get pools(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  /** A pool of the older kind, which this API lists nowhere and refuses to show. */
  addOlderPool(name: string): void {
    this.#olderPools.add(name);
  }

  /** Tasks have changed: load balancers follow. */
  update(): void {
    for (const runtime of this.runtimes.values()) runtime.update();
  }

  async close(): Promise<void> {
    await Promise.all([...this.runtimes.values()].map(runtime => runtime.close()));
  }

  /** @param unknown called for a request that there is no route for */
  async answer(request: EdgeLbRequest, unknown: () => void): Promise<Reply> {
    try {
      return await this.#answer(request, unknown);
    } catch (error) {
      if (error instanceof EdgeLbError) return json(error.status, error.body);
      throw error;
    }
  }

  async #answer(request: EdgeLbRequest, unknown: () => void): Promise<Reply> {
    const { may, method, path } = request;
    const mine = () => this.pools.filter(({ name }) => may(name));
    if (method === 'GET' && path === '/ping') return text(200, 'pong');
    if (method === 'GET' && path === '/version') return text(200, 'v1.7.0');
    if (method === 'GET' && path === '/v2/pools') return json(200, mine());
    if (method === 'GET' && path === '/v2/config') return json(200, { pools: mine() });
    if (method === 'GET' && /^\/v2(\/pools\/[^/]+)?\/lbtemplate$/.test(path)) return text(200, template);
    if (method === 'POST' && path === '/v2/pools') return await this.#create(request);
    const [, name = '', part = ''] = /^\/v2\/pools\/([^/]+)(?:\/(lbconfig|metadata))?$/.exec(path) ?? [];
    if (name !== '' && part === '' && method === 'PUT') return await this.#replace(request, name);
    if (name !== '' && part === '' && method === 'DELETE') return await this.#remove(name);
    if (name !== '' && part === '' && method === 'GET') return json(200, this.#pool(name));
    if (name !== '' && part === 'lbconfig' && method === 'GET') return this.#configuration(name);
    if (name !== '' && part === 'metadata' && method === 'GET') return json(200, this.#metadata(name));
    if (/^\/v2(\/pools\/[^/]+)?\/lbtemplate$/.test(path))
      throw new EdgeLbError(405, 'the template may not be overridden');
    unknown();
    if (name !== '') throw new EdgeLbError(405, `method ${method} is not allowed, but [GET,PUT,DELETE] are`);
    throw new EdgeLbError(404, `path ${path} was not found`);
  }

  #pool(name: string): Pool {
    if (this.#olderPools.has(name)) throw poolOfV1(name);
    const pool = this.#pools.get(name);
    if (pool === undefined) throw poolMissing(name);
    return pool;
  }

  async #create(request: EdgeLbRequest): Promise<Reply> {
    const pool = completePool(bodyOf(request));
    if (this.#pools.has(pool.name) || this.#olderPools.has(pool.name)) throw poolExists(pool.name);
    validatePool(pool);
    this.#pools.set(pool.name, pool);
    await this.#start(pool);
    this.#maybeFail(pool.name);
    return json(200, pool);
  }

  /** The name in the body decides which pool is replaced, whatever the path says; the last writer wins. */
  async #replace(request: EdgeLbRequest, nameInPath: string): Promise<Reply> {
    const given = bodyOf(request);
    const pool = completePool(given);
    const before = this.#pools.get(pool.name);
    if (before === undefined) throw poolMissing(nameInPath);
    validatePool(pool);
    if (pool.namespace !== before.namespace) throw new EdgeLbError(400, 'the namespace of a pool may not be changed');
    this.#pools.set(pool.name, pool);
    if (isRelaunched(before, pool)) await this.#relaunch(pool);
    else this.runtimes.get(pool.name)?.update();
    this.#maybeFail(pool.name);
    return json(200, given);
  }

  /** The pool is stored first, then its package is updated: when that fails, the pool is stored all the same. */
  #maybeFail(name: string): void {
    if (this.failAfterWrite <= 0) return;
    this.failAfterWrite -= 1;
    throw new EdgeLbError(500, `failed to update package of pool ${name}: Cosmos answered 503 Service Unavailable`);
  }

  async #remove(name: string): Promise<Reply> {
    this.#pool(name);
    this.#pools.delete(name);
    const runtime = this.runtimes.get(name);
    this.runtimes.delete(name);
    await runtime?.close();
    return text(204, '');
  }

  /** Load balancers that are launched anew drop what they carry. */
  async #relaunch(pool: Pool): Promise<void> {
    const before = this.runtimes.get(pool.name);
    await before?.close();
    await this.#start(pool, before?.ports);
  }

  async #start(pool: Pool, ports = new Ports()): Promise<void> {
    const { context, createBalancer, tasks } = this.#options;
    const configuration = () => configurationOf(this.#pools.get(pool.name) ?? pool, tasks());
    const { count, haproxy } = pool;
    const statsPort = haproxy.stats.bindPort;
    const runtime = new PoolRuntime({ context, createBalancer, configuration, count, statsPort, ports });
    this.runtimes.set(pool.name, runtime);
    await runtime.start();
  }

  #configuration(name: string): Reply {
    this.#pool(name);
    const rendered = this.runtimes.get(name)?.rendered;
    return rendered === undefined ? text(404, 'artifact haproxy.cfg not found') : text(200, rendered);
  }

  #metadata(name: string): object {
    const runtime = this.runtimes.get(name);
    if (runtime === undefined) throw poolMissing(name);
    return metadataOf(this.#pool(name), runtime);
  }
}

/** Everything outside of `haproxy`, and the port of the statistics, needs new load balancers. */
function isRelaunched(before: Pool, after: Pool): boolean {
  const outside = ({ haproxy, ...rest }: Pool) =>
    JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
  const statistics = ({ haproxy }: Pool) => haproxy.stats.bindPort;
  return outside(before) !== outside(after) || statistics(before) !== statistics(after);
}

function bodyOf({ text: given }: EdgeLbRequest): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(given);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new EdgeLbError(400, `parsing body body from "" failed, because ${error.message}`);
  }
  throw new EdgeLbError(400, 'parsing body body from "" failed, because it is no object');
}
