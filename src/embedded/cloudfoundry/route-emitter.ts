import type { CloudFoundryContext } from './context.js';
import type { Diego } from './diego.js';
import type { Endpoint, Gorouter } from './router.js';

interface Registration {
  readonly url: string;
  readonly endpoint: Endpoint;
}

/** What goes wrong between the database and the routers, each so many times. */
export interface LostMessages {
  /** A new registration that never arrives: 200 without propagation. It is sent again only when it is wanted anew. */
  maps: number;
  /** A removal that never arrives: the routers go on to send requests to what is gone. */
  unmaps: number;
}

/**
 * Tells the routers which instances answer a route. Each router hears of it with a delay of its own; of one change the
 * processes that lose a route are told first.
 */
export class RouteEmitter {
  readonly lost: LostMessages = { maps: 0, unmaps: 0 };
  readonly #context: CloudFoundryContext;
  readonly #diego: () => Diego;
  readonly #routers: readonly Gorouter[];
  /** What was told, or given up. */
  #told = new Map<string, Registration>();

  constructor(context: CloudFoundryContext, diego: () => Diego, routers: readonly Gorouter[]) {
    this.#context = context;
    this.#diego = diego;
    this.#routers = routers;
  }

  /** Compares what the routers were told with what is wanted now, and tells them the rest. */
  update(): void {
    const wanted = this.#wanted();
    const lost = [...this.#told].filter(([key]) => !wanted.has(key));
    const gained = [...wanted].filter(([key]) => !this.#told.has(key));
    this.#told = wanted;
    for (const [, registration] of lost) this.#unmap(registration);
    const gap = lost.length > 0 ? this.#context.timing.hooks : 0;
    for (const [key, registration] of gained) this.#map(key, registration, gap);
  }

  #wanted(): Map<string, Registration> {
    const { database } = this.#context;
    const wanted = new Map<string, Registration>();
    for (const route of database.routes.values()) {
      const url = database.urlOf(route);
      for (const { app, process: type } of route.destinations) {
        for (const instance of this.#diego().instances) {
          const { guid, index, port, process } = instance;
          if (process.app !== app || process.type !== type || !instance.isRoutable || port === undefined) continue;
          const endpoint = { id: guid, app, process: process.guid, index, port };
          wanted.set(`${url} ${guid}`, { url, endpoint });
        }
      }
    }
    return wanted;
  }

  #map(key: string, { url, endpoint }: Registration, gap: number): void {
    if (this.lost.maps > 0) {
      this.lost.maps -= 1;
      return;
    }
    this.#each(this.#context.timing.map, gap, router => {
      if (this.#told.has(key)) router.register(url, endpoint);
    });
  }

  #unmap({ url, endpoint }: Registration): void {
    if (this.lost.unmaps > 0) {
      this.lost.unmaps -= 1;
      return;
    }
    this.#each(this.#context.timing.unmap, 0, router => {
      if (!this.#told.has(`${url} ${endpoint.id}`)) router.unregister(url, endpoint.id);
    });
  }

  #each(delays: readonly number[], gap: number, tell: (router: Gorouter) => void): void {
    for (const [index, router] of this.#routers.entries()) {
      this.#context.timers.after(gap + (delays[index] ?? delays.at(-1) ?? 0), () => tell(router));
    }
  }
}
