import type { ServerResponse } from 'node:http';
import type { Certificate } from '../serving/certificate.js';
import type { Faults } from '../serving/faults.js';
import type { Interception } from '../serving/interception.js';
import type { RequestLog } from '../serving/request-log.js';
import { PlatformServer } from '../serving/server.js';
import type { Gateway } from './gateway.js';

/** One request and its answer, for those who hold them against a description. */
export interface RecordedExchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface MarathonServerOptions {
  readonly gateway: Gateway;
  readonly faults: Faults;
  readonly interception: Interception;
  readonly requests: RequestLog;
  /** Told each answer that comes from the platform itself; what faults answer is left out. */
  readonly onExchange: (exchange: RecordedExchange) => void;
  readonly now: () => number;
  /** Serves HTTPS with this; HTTP without it. */
  readonly certificate: Certificate | undefined;
  /** Whether this is the Marathon that leads, past the gateway. */
  readonly isLeader: boolean;
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The platform's HTTP side: a node of the cluster. */
export function marathonServer({ gateway, isLeader, onExchange, ...serving }: MarathonServerOptions): PlatformServer {
  return new PlatformServer({
    ...serving,
    isWrite: (method, path) => writing.has(method) && !path.startsWith('/acs/'),
    answer: async ({ asked, body, method, request, response, unknown, url }) => {
      const reply = await gateway.answer({ request, response, url, text: body, isLeader, onUser: asked, unknown });
      const answered = reply ?? beginningOf(response);
      onExchange({ method, path: `${url.pathname}${url.search}`, requestBody: body, ...answered });
      return reply;
    },
  });
}

/** A stream as it has begun: what comes on it is told to nobody here. */
function beginningOf(response: ServerResponse) {
  return {
    status: response.statusCode,
    headers: { 'content-type': String(response.getHeader('content-type') ?? '') },
    body: '',
  };
}
