/** How fast the platform's parts are; all in milliseconds. The defaults are quick but leave the gaps that real ones have. */
export interface Timing {
  /** How long controllers take to notice a write. */
  readonly controllers: number;
  /** From a pod's creation until its program runs: scheduling, image, start. */
  readonly containerStart: number;
  /** From the program's start until the pod is ready, unless the pod says otherwise. */
  readonly readyAfter: number;
  /** From an EndpointSlice's change until the router follows, as kube-proxy's sync period. */
  readonly propagation: number;
  /** From a route's change until gateways, ingress controllers and proxies act by it and say so. */
  readonly gateway: number;
  /** The longest that a pod may take to end, whatever its grace period says. */
  readonly grace: number;
  /** How long a well-draining pod waits for connections to come before it ends because there are none. */
  readonly linger: number;
  /** The first wait of a crash loop; it doubles up to 30 times this. */
  readonly crashBackOff: number;
  /** Between two bookmarks of a watch. */
  readonly bookmark: number;
}

export const defaultTiming: Timing = {
  controllers: 5,
  containerStart: 10,
  readyAfter: 50,
  propagation: 25,
  gateway: 40,
  grace: 1_000,
  linger: 250,
  crashBackOff: 200,
  bookmark: 5_000,
};

/**
 * A duration as annotations write it: `250ms`, `2s`, `1m`.
 *
 * @returns milliseconds
 * @throws RangeError for anything else
 */
export function parseDuration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text.trim()) ?? [];
  if (unit === '') throw new RangeError(`"${text}" is not a duration. Write for example 250ms, 2s or 1m.`);
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}
