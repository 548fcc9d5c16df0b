import type { IncomingMessage, ServerResponse } from 'node:http';
import { abdicate, showInfo, showLeader } from './api/about.js';
import { streamEvents } from './api/events.js';
import { json, type Reply } from './api/exchange.js';
import { route } from './api/routes.js';
import { MarathonError } from './errors.js';
import type { Leadership } from './leadership.js';
import type { Marathon } from './marathon.js';

/** One request that has been let in. */
export interface ServiceRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The path below the service, percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly may: (path: string) => boolean;
  /** Whether the node that is asked is the one that leads. */
  readonly isLeader: boolean;
}

/** One node of Marathon: its API as HTTP knows it. */
export class MarathonService {
  readonly #marathon: Marathon;
  readonly #leadership: Leadership;

  constructor(marathon: Marathon, leadership: Leadership) {
    this.#marathon = marathon;
    this.#leadership = leadership;
  }

  /**
   * @param unknown called for a request that there is no route for
   * @returns undefined when the answer is a stream
   */
  async answer(asked: ServiceRequest, unknown: () => void): Promise<Reply | undefined> {
    const missing = asked.isLeader ? undefined : await this.#leadership.search(asked.path);
    if (missing !== undefined) return missing;
    try {
      const reply = await this.#answer(asked);
      const headers = asked.isLeader ? {} : this.#leadership.headers;
      return reply === undefined ? undefined : { ...reply, headers: { ...reply.headers, ...headers } };
    } catch (error) {
      if (!(error instanceof MarathonError)) throw error;
      if (error.message === 'URI not found') unknown();
      return json(error.status, error.body);
    }
  }

  async #answer(asked: ServiceRequest): Promise<Reply | undefined> {
    const { isLeader, may, method, path, query, request, response, text } = asked;
    const leadership = this.#leadership;
    if (method === 'GET' && path === '/v2/info') return showInfo(leadership);
    if (method === 'GET' && path === '/v2/leader') return showLeader(leadership);
    if (method === 'DELETE' && path === '/v2/leader') return abdicate(leadership);
    if (method === 'GET' && path === '/v2/events') {
      const elsewhere = isLeader ? undefined : leadership.redirect(`${path}${query.size > 0 ? `?${query}` : ''}`);
      if (elsewhere !== undefined) return elsewhere;
      return streamEvents(this.#marathon.context, leadership, request, response, query);
    }
    const accept = request.headers.accept ?? '';
    return await route({ marathon: this.#marathon, method, path, query, accept, text, may });
  }
}
