import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentDefinition, EmbeddedBcs, ServiceDefinition } from '../../../src/embedded/bcs/index.js';

const DATA = join(import.meta.dirname, 'data');

export function data(name: string): string {
  return readFileSync(join(DATA, name), 'utf8');
}

/** A file of the guide. */
export function practice<T = DeploymentDefinition>(name: string): T {
  return JSON.parse(data(`practice-${name}.json`)) as T;
}

/** A deployment as the guide has it, with what a test changes. */
export function deployment(name: string, change: Partial<DeploymentDefinition['spec']> = {}): DeploymentDefinition {
  const blue = practice('test-blue');
  return {
    ...blue,
    metadata: { ...blue.metadata, name, labels: { appname: name } },
    spec: { ...blue.spec, ...change },
  };
}

/** The guide's service as it has to be: its port is named as the container's, and tcp needs no domain. */
export function service(selected: string, change: Partial<ServiceDefinition['spec']> = {}): ServiceDefinition {
  const { apiVersion, kind, metadata } = practice<ServiceDefinition>('test-svc-blue') as Required<ServiceDefinition>;
  const ports = [{ name: 'test-port', protocol: 'TCP', servicePort: 8080 }];
  return { apiVersion, kind, metadata, spec: { selector: { appname: selected }, ports, ...change } };
}

export interface Envelope {
  readonly status: number;
  readonly result: boolean;
  readonly code: number;
  readonly message: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many kinds
  readonly data: any;
}

const SCHEDULER = '/bcsapi/v4/scheduler/mesos/namespaces/defaultGroup';
const STORAGE = '/bcsapi/v4/storage';

/** What a client of the platform does, with plain requests. */
export class Client {
  readonly #platform: EmbeddedBcs;

  constructor(platform: EmbeddedBcs) {
    this.#platform = platform;
  }

  create(kind: 'deployments' | 'services' | 'configmaps', definition: object): Promise<Envelope> {
    return this.send('POST', `${SCHEDULER}/${kind}`, definition);
  }

  update(kind: 'deployments' | 'services' | 'configmaps', definition: object): Promise<Envelope> {
    return this.send('PUT', `${SCHEDULER}/${kind}`, definition);
  }

  remove(kind: 'deployments' | 'services', name: string): Promise<Envelope> {
    return this.send('DELETE', `${SCHEDULER}/${kind}/${name}?enforce=0`);
  }

  /** The objects that storage has of a kind. */
  async list(kind: string, filters: Record<string, string> = {}) {
    const { clusterId } = this.#platform;
    const { data } = await this.send('POST', `${STORAGE}/query/mesos/dynamic/clusters/${clusterId}/${kind}`, filters);
    return (data as { data: Record<string, never> }[]).map(stored => stored.data);
  }

  inspect(kind: string, name: string): Promise<Envelope> {
    const cluster = `mesos/dynamic/namespace_resources/clusters/${this.#platform.clusterId}`;
    return this.send('GET', `${STORAGE}/${cluster}/namespaces/defaultGroup/${kind}/${name}`);
  }

  async send(method: string, path: string, body?: object): Promise<Envelope> {
    const { url, token, clusterId } = this.#platform;
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'bcs-clusterid': clusterId },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, ...((await answer.json()) as Omit<Envelope, 'status'>) };
  }
}
