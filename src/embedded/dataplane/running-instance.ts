import type { Answer, Identity } from './answers.js';
import type { GaugeReading } from './gauge.js';

export type InstanceState = 'running' | 'terminating' | 'stopped';

/** A running copy of a program: in this process (`Instance`), or in one of its own (`InstanceProcess`). */
export interface RunningInstance {
  readonly identity: Identity;
  readonly state: InstanceState;
  /** The ports that it listens on. */
  readonly ports: readonly number[];
  /** The first of its ports. */
  readonly port: number;
  readonly url: string;
  /** Requests that are being answered now; probes do not count. */
  readonly inFlight: number;
  /** Requests without an answer yet, and operations that go on after theirs. */
  readonly pending: number;
  /** What the gauge has told, oldest first. */
  readonly gaugeReadings: readonly GaugeReading[];
  /** Work that was pending when the instance ended: what its end has destroyed. */
  readonly abandoned: number;
  /** Resolves when the instance is gone, however it went. */
  readonly stopped: Promise<void>;
  /** Sets or (with undefined) removes the answer of one path, from the next request on. */
  answer(path: string, answer: Answer | undefined): void;
  /** Answers every path with this, over all others, until it is taken back with undefined. */
  answerEverything(answer: Answer | undefined): void;
  /** Answers everything with 500, from `afterMs` milliseconds on. */
  fail(afterMs?: number): void;
  /** Asks the instance to end as its `ending` says, and resolves when it is gone, at the latest after `graceMs`. */
  terminate(graceMs: number): Promise<void>;
  /** A crash: stops listening and ends every connection, now. */
  kill(): void;
}
