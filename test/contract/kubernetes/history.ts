import { type Api, type ApiObject, pathOf } from './api.js';

/** The slot of a Deployment's pod: its name without the two generated endings. */
const GENERATED = /-[a-z0-9]+-[a-z0-9]{5}$/;

/** Watches the EndpointSlices of a Service: which slots users could be sent to, moment by moment. */
export class RoutingHistory {
  readonly #stop = new AbortController();
  readonly #slices = new Map<string, readonly string[]>();
  readonly #moments: string[] = [];
  readonly #watching: Promise<void>;
  #failure: unknown;

  constructor(api: Api, namespace: string, service: string) {
    const query = `watch=1&labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
    this.#watching = this.#follow(api, pathOf(namespace, `endpointslices?${query}`));
  }

  /** The selections in order, each once, such as `shop-blue`, `shop-blue+shop-green`, or nothing: an outage. */
  get moments(): readonly string[] {
    if (this.#failure !== undefined) throw new Error('The routing could not be watched.', { cause: this.#failure });
    return this.#moments;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #follow(api: Api, path: string): Promise<void> {
    try {
      for await (const { type, object } of api.watch(path, this.#stop.signal)) {
        if (type === 'DELETED') this.#slices.delete(object.metadata.name);
        else this.#slices.set(object.metadata.name, slotsOf(object));
        this.#note([...new Set([...this.#slices.values()].flat())].sort().join('+'));
      }
      if (!this.#stop.signal.aborted) throw new Error('The watch ended by itself.');
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#failure = thrown;
    }
  }

  #note(selection: string): void {
    // A Service that nobody has served yet is no outage.
    if (selection === '' && this.#moments.length === 0) return;
    if (this.#moments.at(-1) !== selection) this.#moments.push(selection);
  }
}

function slotsOf(slice: ApiObject): readonly string[] {
  const endpoints: readonly ApiObject[] = slice.endpoints ?? [];
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return ready.map(({ targetRef }) => String(targetRef?.name).replace(GENERATED, ''));
}
