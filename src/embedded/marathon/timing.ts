/** How fast the platform's parts are; all in milliseconds. The defaults are quick but leave the gaps that real ones have. */
export interface Timing {
  /** How long one of the platform's own seconds takes: intervals and waits of definitions are multiplied with it. */
  readonly second: number;
  /** From the wish for an instance until an offer for it comes: until then it is in the queue and has no task. */
  readonly offer: number;
  /** From a task's staging until its program runs. */
  readonly containerStart: number;
  /** From a task's start until its first health probe. */
  readonly firstProbe: number;
  /** The longest time between two health probes of a task, whatever its definition says. */
  readonly longestProbe: number;
  /** The longest that a task may take to end, whatever its grace period says. */
  readonly grace: number;
  /** How long a well-draining task waits for connections to come before it ends because there are none. */
  readonly linger: number;
  /** How long the deployment of a change exists at least: its lock can be seen. */
  readonly deployment: number;
  /** How long a node looks for a leader before it gives up with 502. */
  readonly leaderSearch: number;
  /** From a change of pools or tasks until a load balancer has taken notice. */
  readonly convergence: number;
  /** The shortest time between two reloads of a load balancer. */
  readonly reload: number;
  /** Between two checks that a load balancer makes of a server. */
  readonly serverCheck: number;
}

/** One of the platform's seconds takes 20 ms: the load balancers reload at most every 60 ms instead of every 3 s. */
export const defaultTiming: Timing = {
  second: 20,
  offer: 10,
  containerStart: 10,
  firstProbe: 30,
  longestProbe: 200,
  grace: 5_000,
  linger: 250,
  deployment: 10,
  leaderSearch: 50,
  convergence: 20,
  reload: 60,
  serverCheck: 40,
};
