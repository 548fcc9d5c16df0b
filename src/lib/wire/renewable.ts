/** Something that ends, such as a token: asked for when it is needed, and again before it ends. */

export interface Lease<T> {
  readonly value: T;
  /** From when on another one is asked for; by the clock that `Renewable` was given. */
  readonly renewAt: number;
}

/** One for all who want it: whoever comes first asks, and the others wait for the same answer. A failure is not kept. */
export class Renewable<T> {
  private readonly now: () => number;
  private readonly ask: (last: T | undefined) => Promise<Lease<T>>;
  private current: Promise<Lease<T>> | undefined;
  private given: T | undefined;
  private isStale = false;

  /** @param ask gets what there was before, such as for its refresh token; it goes on when one of those who wait stops */
  constructor(now: () => number, ask: (last: T | undefined) => Promise<Lease<T>>) {
    this.now = now;
    this.ask = ask;
  }

  /** Throws what `ask` throws, and the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    const asked = this.current;
    const known = asked && (await unlessStopped(asked.catch(nothing), signal));
    const isGood = known !== undefined && !this.isStale && known.renewAt > this.now();
    if (!isGood && this.current === asked) {
      this.isStale = false;
      this.current = this.ask(known?.value);
      this.current.catch(nothing); // whoever asked may have stopped by then
    }
    const { value } = await unlessStopped(this.current as Promise<Lease<T>>, signal);
    this.given = value;
    return value;
  }

  /**
   * Makes the next one who wants it ask afresh, such as after it was not accepted. Where `isIt` says which one that was,
   * nothing is done about one that another has replaced, or has said so of, already.
   */
  renew(isIt?: (value: T) => boolean): void {
    if (isIt && (this.given === undefined || !isIt(this.given))) return;
    this.given = undefined;
    this.isStale = true;
  }
}

const nothing = () => undefined;

/** Whoever stops waits no longer. */
async function unlessStopped<T>(awaited: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return awaited;
  signal.throwIfAborted();
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([awaited, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
