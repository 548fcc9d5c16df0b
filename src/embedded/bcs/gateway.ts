import { json, type Reply, text } from '../serving/reply.js';
import type { Incoming } from '../serving/server.js';
import { drive } from './driver.js';
import type { Scheduler } from './scheduler.js';
import type { Storage } from './storage.js';
import type { Tunnel } from './tunnel.js';

/** What carries the token: `X-Bcs-User-Token` up to 1.16, `Authorization: Bearer` from 1.17 on. */
export type TokenHeader = 'x-bcs-user-token' | 'bearer';

export interface GatewayOptions {
  readonly clusterId: string;
  readonly token: string;
  readonly tokenHeader: TokenHeader;
  readonly scheduler: Scheduler;
  readonly storage: Storage;
  /** To the API server of the Kubernetes cluster; undefined: there is none. */
  readonly tunnel: Tunnel | undefined;
}

/** The API gateway: lets in who has the token, and leads each request to the program that answers it. */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  answer(incoming: Incoming): Reply | undefined {
    const path = incoming.url.pathname.replace(/^\//, '');
    const reply = this.#lead(incoming, path);
    if (reply !== 'no route') return reply;
    incoming.unknown();
    return json(404, { message: 'no Route matched with those values' });
  }

  #lead(incoming: Incoming, path: string): Reply | undefined | 'no route' {
    const { scheduler, tunnel } = this.#options;
    const tunnelled = /^(?:tunnels\/)?clusters\/([^/]+)(\/.*)$/.exec(path);
    if (tunnelled) return this.#throughTunnel(incoming, tunnel, tunnelled[1] ?? '', tunnelled[2] ?? '/');
    const toScheduler = /^bcsapi\/(?:v4\/scheduler\/mesos|v1)\/(.*)$/.exec(path)?.[1];
    const toStorage = /^bcsapi\/v4\/storage\/(.*)$/.exec(path)?.[1];
    // The route to a scheduler is chosen by the cluster's id: without it, or with another one, there is none.
    if (toScheduler !== undefined && !this.#isCluster(incoming.request.headers['bcs-clusterid'])) return 'no route';
    if (toScheduler === undefined && toStorage === undefined) return 'no route';
    if (!this.#isAllowed(incoming)) return unauthorized();
    if (toScheduler !== undefined) return drive(scheduler, incoming, toScheduler) ?? text(404, '404: Page Not Found');
    return this.#store(incoming, toStorage ?? '') ?? text(404, '404: Page Not Found');
  }

  #store({ method, url, body }: Incoming, path: string): Reply | undefined {
    const { storage } = this.#options;
    const query = /^query\/mesos\/dynamic\/clusters\/([^/]+)\/([^/]+)$/.exec(path);
    const one = /^mesos\/dynamic\/namespace_resources\/clusters\/([^/]+)\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(
      path,
    );
    if (one && method === 'GET' && this.#isCluster(one[1])) {
      return storage.inspect(one[3] ?? '', decodeURIComponent(one[2] ?? ''), decodeURIComponent(one[4] ?? ''));
    }
    if (!query || !this.#isCluster(query[1])) return undefined;
    const kind = query[2] ?? '';
    if (method === 'GET') return storage.query(kind, Object.fromEntries(url.searchParams));
    if (method !== 'POST' || kind === 'namespace') return undefined;
    return storage.query(kind, JSON.parse(body || '{}'));
  }

  #throughTunnel(incoming: Incoming, tunnel: Tunnel | undefined, cluster: string, rest: string) {
    if (!tunnel || cluster !== tunnel.clusterId) return 'no route' as const;
    const isBearer = incoming.request.headers.authorization === `Bearer ${this.#options.token}`;
    if (!isBearer) return unauthorized();
    tunnel.pass(incoming, `${rest}${incoming.url.search}`);
    return undefined;
  }

  #isCluster(id: string | string[] | undefined): boolean {
    return id === this.#options.clusterId;
  }

  #isAllowed({ request: { headers }, asked }: Incoming): boolean {
    const { token, tokenHeader } = this.#options;
    const given =
      tokenHeader === 'bearer' ? headers.authorization?.replace(/^Bearer /, '') : headers['x-bcs-user-token'];
    if (given === token) asked('user');
    return given === token;
  }
}

function unauthorized(): Reply {
  return json(401, { result: false, code: 401, message: 'Resource is Unauthorized' });
}
