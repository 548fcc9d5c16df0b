/** Timers that end with their owner, and that tell whether something is still going to happen. */
export class Timers {
  readonly #pending = new Map<NodeJS.Timeout, boolean>();
  #closed = false;

  /**
   * Acts once after `ms` milliseconds; never after `close()`.
   *
   * @param settling whether the platform counts as unsettled until then; false for what repeats or may never end
   * @returns cancels it
   */
  after(ms: number, action: () => void, settling = true): () => void {
    if (this.#closed) return () => {};
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      action();
    }, ms);
    this.#pending.set(timer, settling);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  get settled(): boolean {
    return [...this.#pending.values()].every(settling => !settling);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#pending.keys()) clearTimeout(timer);
    this.#pending.clear();
  }
}
