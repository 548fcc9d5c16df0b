import {
  type App,
  type AppBehaviour,
  type EmbeddedMarathon,
  startEmbeddedMarathon,
} from '../../../src/embedded/marathon/index.js';
import { type ApiRequest, Gateway, UNCOUNTED } from '../gateway.js';
import type { Before } from '../ground.js';
import { type Inputs, Stage, type Writes } from '../stage.js';

export const IMAGE = 'cutover.test/server';

/** What the test server does by the ending of its tag. */
export function behaviourOf(image = ''): AppBehaviour {
  if (image.endsWith('-crash')) return { start: 'crash' };
  if (image.endsWith('-unready')) return { start: 'never-healthy' };
  if (image.endsWith('-abrupt')) return { drains: false };
  if (image.endsWith('-failing')) return { answers: { '*': { status: 500 }, '/healthz': {} } };
  return {};
}

/** The app of the scenarios, as the repository of the shop has it. */
export function definition(name: string, version: string) {
  return {
    id: `/${name}`,
    cmd: '/start $PORT0',
    instances: 3,
    cpus: 0.1,
    mem: 32,
    container: { type: 'DOCKER', docker: { image: `${IMAGE}:${version}` } },
    portDefinitions: [{ name: 'web', protocol: 'tcp', port: 0 }],
    // A busy machine is slow to answer: that is no reason to end an instance.
    healthChecks: [
      { portIndex: 0, path: '/healthz', protocol: 'HTTP', timeoutSeconds: 300, maxConsecutiveFailures: 0 },
    ],
  };
}

function pool() {
  return {
    apiVersion: 'V2',
    name: 'shop',
    count: 1,
    haproxy: {
      frontends: [{ bindPort: 80, protocol: 'HTTP', linkBackend: { defaultBackend: 'web' } }],
      backends: [
        {
          name: 'web',
          protocol: 'HTTP',
          services: [{ marathon: { serviceID: '/shop-blue' }, endpoint: { portName: 'web' } }],
        },
      ],
    },
  };
}

/** A DC/OS with a shop behind a pool of Edge-LB. */
export class MarathonStage extends Stage {
  readonly writes: Writes = {
    claim: { method: 'POST', path: /\/v2\/apps/ },
    // The record is an app as well, and is created first.
    deploy: { method: 'GET', path: /\/v2\/queue|\/v2\/events/ },
    switch: { method: 'PUT', path: /\/v2\/pools\/shop/ },
    removal: { method: 'DELETE', path: /\/v2\/apps\/shop-blue/ },
  };
  readonly #dcos: EmbeddedMarathon;
  readonly #moments: string[] = [];

  private constructor(dcos: EmbeddedMarathon, gateway: Gateway) {
    super(gateway);
    this.#dcos = dcos;
  }

  static async open({ version = 'v1', isEmpty = false, isServing = !isEmpty }: Before = {}): Promise<MarathonStage> {
    // A load balancer that checks its servers a few times a second takes a busy machine for a dead server.
    const timing = { serverCheck: 3_000 };
    const behaviour = (app: App) => behaviourOf(app.container?.docker?.image);
    const dcos = await startEmbeddedMarathon({ behaviour, timing });
    const stage = new MarathonStage(dcos, await Gateway.start({ url: dcos.url, token: dcos.token() }));
    try {
      await stage.#prepare(version, isEmpty, isServing);
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async slots(): Promise<readonly string[]> {
    return [this.blue, this.green].filter(slot => this.#dcos.app(`/${slot}`));
  }

  async selected(): Promise<string> {
    const { backends } = this.#dcos.pool('shop').haproxy;
    return (backends[0]?.services ?? []).map(({ marathon }) => String(marathon?.serviceID).slice(1)).join('+');
  }

  async route(): Promise<unknown> {
    return this.#dcos.pool('shop');
  }

  moments(): readonly string[] {
    return this.#moments;
  }

  async record(): Promise<string> {
    const answer = await this.#api('GET', '/service/marathon/v2/apps?label=CUTOVER_RELEASE==web');
    const { apps } = (await answer.json()) as { apps: { labels: Record<string, string> }[] };
    return apps.map(({ labels }) => labels.CUTOVER_RECORD).join('\n');
  }

  isWrite({ method, path }: ApiRequest): boolean {
    return method !== 'GET' && !path.startsWith('/acs/');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#dcos.close();
  }

  protected inputs(version: string): Inputs {
    const { uid, password } = this.#dcos.credentials;
    return {
      platform: 'marathon',
      marathon: `{ url: "${this.gateway.url}", credentials: { user: ${uid}, password: ${password} } }`,
      blue: this.blue,
      green: this.green,
      service: 'pool/shop/web',
      manifest: 'shop.json',
      image: `${IMAGE}:${version}`,
      version,
      smoke: '- http: { path: /, expect: { status: 200, version: true } }',
      'live-url': this.url,
      identity: '{ path: /, header: x-app-version }',
      settle: '200ms',
      bake: '500ms',
      'report-directory': 'reports',
    };
  }

  async #prepare(version: string, isEmpty: boolean, isServing: boolean): Promise<void> {
    this.write('shop.json', JSON.stringify(definition('shop', 'latest')));
    await this.#api('POST', '/service/edgelb/v2/pools', pool());
    if (!isEmpty) {
      const labels = { CUTOVER_VERSION: version, CUTOVER_SLOT: this.blue };
      await this.#api('POST', '/service/marathon/v2/apps', { ...definition(this.blue, version), labels });
    }
    if (isServing) await this.#dcos.settled();
    this.url = this.#dcos.poolUrl('shop', 80);
    if (isServing) await this.answering();
    if (isServing) this.#moments.push(await this.selected());
    this.#dcos.interception.beforeAnswer = async ({ method, path }) => {
      if (method !== 'PUT' || !path.includes('/v2/pools/')) return;
      const selected = await this.selected();
      if (this.#moments.at(-1) !== selected) this.#moments.push(selected);
    };
  }

  async #api(method: string, path: string, body?: object): Promise<Response> {
    const headers = { [UNCOUNTED]: 'yes', ...(body ? { 'content-type': 'application/json' } : {}) };
    const text = body ? { body: JSON.stringify(body) } : {};
    const answer = await fetch(this.gateway.url + path, { method, headers, ...text });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
