/** Lets so many through at a time; the others wait in their order. */
export class Turnstile {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  /** Does the work once there is a place for it. Rejects with the signal's reason when it aborts while waiting. */
  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free--;
      return;
    }
    let go = () => {};
    let give = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        go = resolve;
        give = () => reject(signal.reason);
        this.waiting.push(go);
        signal.addEventListener('abort', give, { once: true });
      });
    } catch (reason) {
      const place = this.waiting.indexOf(go);
      if (place >= 0) this.waiting.splice(place, 1);
      else this.leave(); // its turn came in the same moment
      throw reason;
    } finally {
      signal.removeEventListener('abort', give);
    }
  }

  /** The place goes to who has waited longest, without ever being free in between. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free++;
  }
}
