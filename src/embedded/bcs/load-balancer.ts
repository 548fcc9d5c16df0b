import type { Backend, HttpRouter, Router } from '../dataplane/index.js';
import { HttpRouter as HttpFront, Router as TcpFront } from '../dataplane/index.js';
import type { BcsContext } from './context.js';
import type { ExportedPort, Exports } from './exports.js';
import { seconds } from './timing.js';

type Exported = ReturnType<Exports['shown']>[number];
type Front = { readonly tcp: Router } | { readonly http: HttpRouter };

/**
 * bcs-loadbalance: a front for each service port, tcp by connection and http by the domain of each request. A port without
 * backends has no front there, so that connections are refused; here they are reset.
 */
export class LoadBalancer {
  readonly group: string;
  /** Two services claim the same port: no service is updated any more until that is over. */
  isFrozen = false;
  readonly #context: BcsContext;
  readonly #fronts = new Map<number, Front>();
  #wanted: readonly Exported[] = [];
  #isPending = false;

  constructor(context: BcsContext, group: string) {
    this.#context = context;
    this.group = group;
  }

  /** The URL of a service port; undefined before the load balancer has seen a service with it. */
  url(servicePort: number): string | undefined {
    const front = this.#fronts.get(servicePort);
    if (front === undefined) return undefined;
    return 'tcp' in front ? front.tcp.url : front.http.url;
  }

  /** Takes notice of the services of its group; changes that come close together are put together. */
  update(exported: readonly Exported[]): void {
    this.#wanted = exported.filter(({ BCSGroup }) => BCSGroup.includes(this.group));
    if (this.#isPending) return;
    this.#isPending = true;
    const { timers, timing, track } = this.#context;
    timers.after(seconds.debounce * timing.second, () => {
      this.#isPending = false;
      track(this.#apply());
    });
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#fronts.values()].map(front => ('tcp' in front ? front.tcp.close() : front.http.close())),
    );
    this.#fronts.clear();
  }

  async #apply(): Promise<void> {
    const ports = this.#wanted.flatMap(({ ports }) => ports).filter(isUsable);
    this.isFrozen = conflicts(ports);
    if (this.isFrozen) return;
    for (const { protocol, servicePort } of ports) {
      if (this.#fronts.has(servicePort)) continue;
      const front = protocol === 'http' ? { http: await HttpFront.start() } : { tcp: await TcpFront.start() };
      this.#fronts.set(servicePort, front);
    }
    for (const [servicePort, front] of this.#fronts) {
      const own = ports.filter(port => port.servicePort === servicePort);
      if ('tcp' in front) front.tcp.setBackends(own.flatMap(backendsOf));
      else front.http.setRules(own.map(ruleOf));
    }
  }
}

/** "lost VHost info in export, discard": an http port without a domain is left out. */
function isUsable({ protocol, BCSVHost }: ExportedPort): boolean {
  return protocol !== 'http' || BCSVHost !== '';
}

/** http ports share a service port as long as their domains differ; others do not. */
function conflicts(ports: readonly ExportedPort[]): boolean {
  const claimed = ports.map(({ protocol, servicePort, BCSVHost }) => {
    return protocol === 'http' ? `${servicePort} ${BCSVHost}` : String(servicePort);
  });
  return new Set(claimed).size < claimed.length;
}

function backendsOf({ backends }: ExportedPort): readonly Backend[] {
  return backends.map(({ targetPort }) => ({ id: String(targetPort), port: targetPort }));
}

function ruleOf(port: ExportedPort) {
  return {
    matches: ({ headers }: { headers: { host?: string | undefined } }) => headers.host?.split(':')[0] === port.BCSVHost,
    destinations: [{ weight: 1, backends: backendsOf(port) }],
    empty: 503,
  };
}
