import type { Pool } from './pool.js';
import type { PoolRuntime } from './pool-runtime.js';

/** Where the load balancers of a pool are reached: each has an address of its own, all have the same ports. */
export function metadataOf({ haproxy, name }: Pool, { loadBalancers, ports }: PoolRuntime): object {
  const addresses = loadBalancers.map(({ address }) => address);
  const endpoint = (bindPort: number) => ({ port: ports.of(bindPort), private: addresses, public: addresses });
  return {
    name,
    frontends: haproxy.frontends
      .filter(({ bindPort }) => ports.has(bindPort))
      .map(frontend => ({ name: frontend.name, endpoints: [endpoint(frontend.bindPort)] })),
    stats: [endpoint(haproxy.stats.bindPort)],
  };
}
