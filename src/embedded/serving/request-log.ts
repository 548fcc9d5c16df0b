/** One request that the API has received. */
export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Path and query, without the server's path prefix. */
  readonly path: string;
  user: string;
  readonly userAgent: string;
  /** The answer's status; 0 where there was none (yet). */
  status: number;
  /** Whether it asked for a write (dry runs and reviews are none). */
  readonly mutating: boolean;
}

/** How many requests are remembered. */
const memory = 10_000;

/** The requests that the API has received, the newest ten thousand of them. */
export class RequestLog {
  readonly #all: LoggedRequest[] = [];
  readonly #unknown: LoggedRequest[] = [];

  get all(): readonly LoggedRequest[] {
    return this.#all;
  }

  /** Those that asked for a write. */
  get mutating(): readonly LoggedRequest[] {
    return this.#all.filter(request => request.mutating);
  }

  /** Those that the server has no idea of: a path, a method or a parameter that it does not serve. */
  get unknown(): readonly LoggedRequest[] {
    return this.#unknown;
  }

  add(request: LoggedRequest): LoggedRequest {
    this.#all.push(request);
    if (this.#all.length > memory) this.#all.shift();
    return request;
  }

  markUnknown(request: LoggedRequest): void {
    this.#unknown.push(request);
    if (this.#unknown.length > memory) this.#unknown.shift();
  }

  clear(): void {
    this.#all.length = 0;
    this.#unknown.length = 0;
  }
}
