/** One event of Marathon's stream: its type, its time, and what belongs to it. */
export interface MarathonEvent {
  readonly eventType: string;
  readonly timestamp: string;
  readonly [key: string]: unknown;
}

/** Marathon's events, for whoever listens at the moment: nothing is replayed. */
export class Events {
  readonly #listeners = new Set<(event: MarathonEvent) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  emit(eventType: string, details: Readonly<Record<string, unknown>> = {}): void {
    const event = { ...details, eventType, timestamp: new Date(this.#now()).toISOString() };
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns stops listening */
  listen(listener: (event: MarathonEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
