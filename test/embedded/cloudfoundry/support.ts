import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EmbeddedCloudFoundry,
  type EmbeddedCloudFoundryOptions,
  type SeededApp,
  startEmbeddedCloudFoundry,
} from '../../../src/embedded/cloudfoundry/index.js';

export const ROUTE = 'myapp.example.test';

export function data<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'data', name), 'utf8')) as T;
}

/** `myapp` in version 1 answers its route; `myapp-green` in version 2 runs, and answers nothing. */
export async function openFoundation(options: EmbeddedCloudFoundryOptions = {}, apps: readonly SeededApp[] = APPS) {
  const platform = await startEmbeddedCloudFoundry(options);
  const routes = { [ROUTE]: [apps[0]?.name ?? ''] };
  await platform.seed({ organization: 'shop', space: 'production', domain: 'example.test', apps, routes });
  return { platform, cf: new Client(platform), [Symbol.asyncDispose]: () => platform.close() };
}

const APPS: readonly SeededApp[] = [
  { name: 'myapp', version: '1', instances: 2 },
  { name: 'myapp-green', version: '2', instances: 2 },
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many kinds
  readonly body: any;
}

/** What a client of the API does, with plain requests. */
export class Client {
  readonly #platform: EmbeddedCloudFoundry;
  token: string | undefined;

  constructor(platform: EmbeddedCloudFoundry) {
    this.#platform = platform;
  }

  get = (path: string) => this.send('GET', path);
  post = (path: string, body?: object) => this.send('POST', path, body);
  patch = (path: string, body?: object) => this.send('PATCH', path, body);
  delete = (path: string) => this.send('DELETE', path);

  async send(method: string, path: string, body?: object | string, contentType = 'application/json'): Promise<Answer> {
    this.token ??= this.#platform.uaa.issue('admin');
    const answer = await fetch(this.#platform.url + path, {
      method,
      headers: {
        authorization: `bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: isJson(text) ? JSON.parse(text) : text };
  }

  login(form: Record<string, string>, authorization = `Basic ${Buffer.from('cf:').toString('base64')}`) {
    const body = new URLSearchParams(form);
    return fetch(`${this.#platform.url}/uaa/oauth/token`, { method: 'POST', headers: { authorization }, body });
  }

  async app(name: string): Promise<string> {
    return (await this.get(`/v3/apps?names=${name}`)).body.resources[0]?.guid;
  }

  async route(): Promise<string> {
    return (await this.get('/v3/routes?hosts=myapp')).body.resources[0].guid;
  }

  async map(name: string): Promise<Answer> {
    const guid = await this.app(name);
    return this.post(`/v3/routes/${await this.route()}/destinations`, { destinations: [{ app: { guid } }] });
  }

  async unmap(name: string): Promise<Answer> {
    const [app, route] = [await this.app(name), await this.route()];
    const { destinations } = (await this.get(`/v3/routes/${route}/destinations`)).body;
    const found = destinations.find((known: { app: { guid: string } }) => known.app.guid === app);
    return this.delete(`/v3/routes/${route}/destinations/${found?.guid}`);
  }

  /** The job that an answer names, when it has ended. */
  async job({ headers }: Answer) {
    const path = new URL(headers.get('location') ?? '').pathname;
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { body } = await this.get(path);
      if (body.state !== 'PROCESSING') return body;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    throw new Error('The job never ended.');
  }
}

function isJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[');
}
