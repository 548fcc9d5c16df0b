/**
 * Requests that were due while another one of their lane was waited for. If that one failed alone, as one connection may,
 * nothing is known of them; if the next one of the lane fails as well, or the other lanes do at the same time, users who
 * came then got no answer either.
 */
export class Missed<Lane> {
  readonly #lanes: number;
  /** Of each lane whose latest request failed: when those were due that may have failed with it. */
  readonly #failing = new Map<Lane, readonly number[]>();

  /** @param lanes How many there are. */
  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** A request failed, and those due at these times were not sent meanwhile. Answers which of all are known to have failed. */
  failed(lane: Lane, due: readonly number[]): readonly number[] {
    const earlier = this.#failing.get(lane);
    this.#failing.set(lane, [...(earlier ?? []), ...due]);
    if (this.#failing.size === this.#lanes) return [...this.#failing.keys()].flatMap(each => this.#take(each));
    return earlier === undefined ? [] : this.#take(lane);
  }

  /** A request of this lane was answered well: what waited behind one that failed before it is not known to be lost. */
  answered(lane: Lane): void {
    this.#failing.delete(lane);
  }

  #take(lane: Lane): readonly number[] {
    const due = this.#failing.get(lane) ?? [];
    this.#failing.set(lane, []);
    return due;
  }
}
