/** How fast the platform's parts are. What BCS measures in seconds is multiplied with `second`. */
export interface Timing {
  /** Milliseconds that one of the platform's own seconds takes; 20 unless told. */
  readonly second: number;
  /** Milliseconds from a taskgroup's launch until its containers start. */
  readonly staging: number;
  /** Milliseconds from then until they run. */
  readonly starting: number;
  /** Milliseconds from then until the first health check has its result. */
  readonly firstCheck: number;
  /** The longest that a taskgroup may take to end, in milliseconds. */
  readonly grace: number;
  /** How long a well-draining program waits for connections to come before it ends because there are none. */
  readonly linger: number;
}

export const defaultTiming: Timing = {
  second: 20,
  staging: 10,
  starting: 20,
  firstCheck: 40,
  grace: 5_000,
  linger: 250,
};

/** What the programs of BCS do every so often, in their seconds. */
export const seconds = {
  /** mesos-watch reads services and configmaps, and writes them to storage. */
  serviceWatch: 8,
  /** The same for deployments and endpoints. */
  deploymentWatch: 10,
  /** An unchanged taskgroup is written again at the latest then. */
  rewrite: 180,
  /** The scheduler looks whether the applications of a deleted deployment are gone. */
  deletion: 3,
  /** The load balancer puts changes together for so long. */
  debounce: 5,
} as const;
