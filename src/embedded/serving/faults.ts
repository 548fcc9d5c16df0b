/** Which requests a fault concerns. */
export interface FaultMatch {
  readonly method?: string;
  /** Tested against the path with its query. */
  readonly path?: RegExp;
  /** Only the nth matching request (from 1), and those after it while `times` lasts; the first one unless told. */
  readonly nth?: number;
}

/**
 * What happens instead of the answer:
 * - an object: this answer, and nothing is done; with `delayMs` alone the right answer, later
 * - `hang`: no answer at all; `reset`: the connection is reset before anything is done
 * - `truncate`: the request is done, half of its answer arrives; `lose-answer`: it is done, and the connection is reset
 * - `html`: the 200 of a login page, as proxies send it
 */
export type FaultAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly delayMs: number }
  | 'hang'
  | 'reset'
  | 'truncate'
  | 'html'
  | 'lose-answer';

export interface Fault {
  readonly match?: FaultMatch;
  readonly answer: FaultAnswer;
  /** How many requests it hits; once unless told, `Infinity` for all. */
  readonly times?: number;
}

/** A fault that was added: how often it has hit, and a way to take it back. */
export interface AddedFault {
  readonly fault: Fault;
  readonly hits: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  matches: number;
  hits: number;
}

/** The faults of the API, in the order in which they were added; the first that matches a request hits it. */
export class Faults {
  readonly #entries = new Set<Entry>();
  readonly #unused = new Set<Entry>();

  add(fault: Fault): AddedFault {
    const entry: Entry = { fault, matches: 0, hits: 0 };
    this.#entries.add(entry);
    this.#unused.add(entry);
    return {
      fault,
      get hits() {
        return entry.hits;
      },
      remove: () => {
        this.#entries.delete(entry);
        this.#unused.delete(entry);
      },
    };
  }

  /** Faults that have hit nothing: a test that expected one to matter can look here. */
  get unused(): readonly Fault[] {
    return [...this.#unused].map(({ fault }) => fault);
  }

  clear(): void {
    this.#entries.clear();
    this.#unused.clear();
  }

  /** The answer of the fault that hits this request. */
  hit(method: string, path: string): FaultAnswer | undefined {
    for (const entry of this.#entries) {
      const { match = {}, answer, times = 1 } = entry.fault;
      if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
      if (match.path !== undefined && path.search(match.path) < 0) continue;
      entry.matches += 1;
      if (entry.matches < (match.nth ?? 1) || entry.hits >= times) continue;
      entry.hits += 1;
      this.#unused.delete(entry);
      return answer;
    }
    return undefined;
  }
}
