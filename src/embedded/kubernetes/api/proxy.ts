import { type IncomingMessage, request as send } from 'node:http';
import { pipeline } from 'node:stream';
import type { ControlContext } from '../controllers/context.js';
import { endpointSlices, pods, services } from '../controllers/context.js';
import type { EndpointSlice, Pod, Service } from '../objects.js';
import { ApiError, badRequest, notFound } from '../status.js';
import type { Exchange } from './exchange.js';
import type { Target } from './routes.js';

/** Headers that belong to one connection, and the credential that is meant for the API server alone. */
const notForwarded = new Set(['authorization', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host']);

interface Destination {
  readonly address: string;
  readonly port: number;
}

/** Forwards `pods/NAME:PORT/proxy/...` and `services/NAME:PORT/proxy/...` to the instance, as the API server does. */
export class Forwarder {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  /** Resolves when the answer is over. */
  async forward(exchange: Exchange, target: Target): Promise<void> {
    const { address, port } = target.resource === pods ? this.#pod(target) : this.#service(target);
    const listener = this.#context.network.listener(address, port);
    if (listener === undefined) throw unreachable(`dial tcp ${address}:${port}: connect: connection refused`);
    await new Promise<void>((resolve, reject) => {
      const forwarded = send(
        {
          host: '127.0.0.1',
          port: listener.port,
          method: exchange.method,
          path: `${target.rest === '' ? '/' : target.rest}${exchange.url.search}`,
          headers: forwardedHeaders(exchange, `${address}:${port}`),
          agent: false,
        },
        answer => {
          exchange.response.writeHead(
            answer.statusCode ?? 502,
            answerHeaders(answer, proxyPrefix(exchange, target), `${address}:${port}`),
          );
          pipeline(answer, exchange.response, () => resolve());
        },
      );
      forwarded.once('error', error => {
        if (exchange.response.headersSent) resolve();
        else reject(unreachable(error.message));
      });
      exchange.response.once('close', () => forwarded.destroy());
      exchange.request.pipe(forwarded);
    });
  }

  /** `[scheme:]name[:port]`: the first container port unless told. */
  #pod({ namespace, name: given, resource }: Target): Destination {
    const { name, port } = splitName(given);
    const pod = this.#context.store.get(pods, namespace, name) as Pod | undefined;
    if (pod === undefined) throw notFound(resource, name);
    const ports = pod.spec.containers.flatMap(container => container.ports ?? []);
    const number = /^\d+$/.test(port)
      ? Number(port)
      : ((port === '' ? ports[0] : ports.find(entry => entry.name === port))?.containerPort ?? 80);
    const address = pod.status?.podIP;
    if (address === undefined) throw badRequest('address not allowed');
    return { address, port: number };
  }

  #service({ namespace, name: given, resource }: Target): Destination {
    const { name, port } = splitName(given);
    const service = this.#context.store.get(services, namespace, name) as Service | undefined;
    if (service === undefined) throw notFound(resource, name);
    const ports = service.spec.ports ?? [];
    const wanted =
      port === '' && ports.length === 1
        ? ports[0]
        : ports.find(entry => entry.name === port || String(entry.port) === port);
    if (wanted === undefined) throw noEndpoints(`no service port "${port}" found for service "${name}"`);
    const candidates = (this.#context.store.list(endpointSlices, namespace) as EndpointSlice[])
      .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
      .flatMap(slice => {
        const number = slice.ports?.find(entry => entry.name === (wanted.name ?? ''))?.port;
        const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
        return number === undefined
          ? []
          : ready.map(({ addresses }) => ({ address: addresses[0] ?? '', port: number }));
      });
    const chosen = candidates[Math.floor(Math.random() * candidates.length)];
    if (chosen === undefined) throw noEndpoints(`no endpoints available for service "${name}"`);
    return chosen;
  }
}

function splitName(given: string): { name: string; port: string } {
  const parts = given.split(':');
  const [name = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, port };
}

function unreachable(why: string): ApiError {
  return new ApiError(503, 'ServiceUnavailable', `error trying to reach service: ${why}`);
}

function noEndpoints(why: string): ApiError {
  return new ApiError(503, 'ServiceUnavailable', why);
}

function proxyPrefix({ url }: Exchange, { rest }: Target): string {
  return rest === '' ? url.pathname.replace(/\/$/, '') : url.pathname.slice(0, url.pathname.lastIndexOf(rest));
}

function forwardedHeaders({ request, url }: Exchange, host: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { host, connection: 'close' };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !notForwarded.has(name)) headers[name] = value;
  }
  headers['x-forwarded-uri'] = url.pathname;
  headers['x-forwarded-host'] = request.headers.host ?? '';
  headers['x-forwarded-proto'] = 'http';
  return headers;
}

/** A redirect within the pod stays within the proxy. */
function answerHeaders(answer: IncomingMessage, prefix: string, host: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== 'connection' && name !== 'keep-alive') headers[name] = value;
  }
  const location = answer.headers.location;
  if (location === undefined) return headers;
  const target = new URL(location, `http://${host}/`);
  if (target.host === host) headers.location = `${prefix}${target.pathname}${target.search}${target.hash}`;
  return headers;
}
