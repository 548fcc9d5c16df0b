/** Wakes one waiter. A ring that comes while nobody waits is kept, so that no change is missed. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  /** Resolves at once if it rang since the last time, else at the next ring; rejects with the signal's reason. */
  async heard(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.rung) await this.nextRing(signal);
    this.rung = false;
  }

  private async nextRing(signal: AbortSignal): Promise<void> {
    let abort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        this.wake = resolve;
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
      });
    } finally {
      this.wake = undefined;
      signal.removeEventListener('abort', abort);
    }
  }
}
