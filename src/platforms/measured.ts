/** The part of the port for platforms that measure slots by themselves, with no program of the user's for it. */

/** Milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What can be asked for: requests that the routers passed on, or what the containers used. */
export type Measurable = 'requests' | 'usage';

/** What was measured of one slot in a span of time; empty where it was not asked for. */
export interface Measured {
  /** Requests that were answered, without those that became WebSockets. */
  readonly requests: readonly MeasuredRequest[];
  readonly usage: readonly MeasuredUsage[];
  /** How many instances the slot is asked to have now. */
  readonly instances: number;
}

export interface MeasuredRequest {
  /** HTTP status. */
  readonly status: number;
  /** From the router's receipt to the end of the answer. */
  readonly ms: number;
}

/** What an instance said of itself at one moment; what it said nothing of is left out. */
export interface MeasuredUsage {
  readonly instance: string;
  /** Of one core; more than 1 where it has several. */
  readonly cpu?: number;
  /** Of what it may have at most. */
  readonly memory?: number;
  readonly disk?: number;
}
