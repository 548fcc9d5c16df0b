/** How fast the platform's parts are, in milliseconds; quick, but with the gaps that real ones have. */
export interface Timing {
  readonly upload: number;
  readonly staging: number;
  readonly copying: number;
  /** From the wish for an instance until its program runs. */
  readonly start: number;
  /** From then until its health check has succeeded for the first time. */
  readonly healthy: number;
  /** How long an instance has between SIGTERM and SIGKILL: ten seconds in truth. */
  readonly grace: number;
  /** How long a well-draining program waits for connections to come before it ends because there are none. */
  readonly linger: number;
  /** How long the proxy beside a dead program still accepts connections. */
  readonly proxy: number;
  /** How often cells tell what containers use: fifteen seconds in truth. */
  readonly metrics: number;
  /** How long an asynchronous job takes. */
  readonly job: number;
  /** After the database is written: between telling Diego of the processes that lose a route and those that gain it. */
  readonly hooks: number;
  /** One for each router: from the Cloud Controller's answer until the router knows. */
  readonly map: readonly number[];
  readonly unmap: readonly number[];
}

export const defaultTiming: Timing = {
  upload: 20,
  staging: 40,
  copying: 20,
  start: 30,
  healthy: 40,
  grace: 5_000,
  linger: 250,
  proxy: 400,
  metrics: 100,
  job: 40,
  hooks: 5,
  map: [10, 40],
  unmap: [10, 60],
};
