import {
  type Behaviour,
  type EmbeddedCloudFoundry,
  startEmbeddedCloudFoundry,
} from '../../../src/embedded/cloudfoundry/index.js';
import { type ApiRequest, Gateway } from '../gateway.js';
import type { Before } from '../ground.js';
import { type Inputs, Stage, type Writes } from '../stage.js';

const IMAGE = 'cutover.test/server';
const HOST = 'shop.example.test';

/** What the test server does by the ending of its tag. */
function behaviourOf(image: string): Behaviour {
  if (image.endsWith('-crash')) return { start: 'crash' };
  if (image.endsWith('-unready')) return { start: 'never-ready' };
  if (image.endsWith('-abrupt')) return { drains: false };
  if (image.endsWith('-failing')) return { answers: { '*': { status: 500 }, '/healthz': {} } };
  return {};
}

/** The manifest of the scenarios, as the repository of the shop has it: its route is for those who push by hand. */
const MANIFEST = `applications:
- name: shop
  memory: 64M
  instances: 3
  health-check-type: http
  health-check-http-endpoint: /healthz
  routes:
  - route: ${HOST}
`;

/** A Cloud Foundry with a shop behind one route. */
export class CloudFoundryStage extends Stage {
  override readonly overlaps = true;
  override writes: Writes;
  readonly #foundation: EmbeddedCloudFoundry;
  readonly #moments: string[] = [];

  private constructor(foundation: EmbeddedCloudFoundry, gateway: Gateway) {
    super(gateway);
    this.#foundation = foundation;
    this.writes = this.#writes();
  }

  static async open({
    version = 'v1',
    isEmpty = false,
    isServing = !isEmpty,
  }: Before = {}): Promise<CloudFoundryStage> {
    const foundation = await startEmbeddedCloudFoundry({
      behaviour: (_, droplet) => behaviourOf(droplet?.image ?? ''),
    });
    const stage = new CloudFoundryStage(foundation, await Gateway.start({ url: foundation.url }));
    try {
      await stage.#prepare(version, isEmpty, isServing);
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async slots(): Promise<readonly string[]> {
    return [this.blue, this.green].filter(slot => this.#foundation.app(slot));
  }

  async selected(): Promise<string> {
    const apps = this.#route().destinations.map(({ app }) => app);
    return [this.blue, this.green].filter(slot => apps.includes(this.#foundation.app(slot)?.guid ?? '')).join('+');
  }

  async route(): Promise<unknown> {
    return structuredClone(this.#route());
  }

  moments(): readonly string[] {
    return this.#moments;
  }

  async record(): Promise<string> {
    const apps = [...this.#foundation.database.apps.values()].filter(({ labels }) => labels['cutover-release']);
    return apps.map(({ annotations }) => Object.values(annotations).join('')).join('\n');
  }

  isWrite({ method, path }: ApiRequest): boolean {
    return method !== 'GET' && !path.startsWith('/uaa/');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#foundation.close();
  }

  protected inputs(version: string): Inputs {
    const { name, password } = this.#foundation.user;
    const routers = this.#foundation.routers.map(({ port }) => `"http://127.0.0.1:${port}"`).join(', ');
    const credentials = `{ user: ${name}, password: ${password} }`;
    const place = `api: "${this.gateway.url}", org: shop, space: production, routers: [${routers}]`;
    return {
      platform: 'cloud-foundry',
      'cloud-foundry': `{ ${place}, credentials: ${credentials}, linger: 300ms, probes: 3 }`,
      blue: this.blue,
      green: this.green,
      service: `route/${HOST}`,
      manifest: 'manifest.yml',
      image: `${IMAGE}:${version}`,
      version,
      smoke: '- http: { path: /, expect: { status: 200, version: true } }',
      'live-url': this.url,
      identity: '{ path: /, header: x-app-version }',
      settle: '200ms',
      hold: '300ms',
      bake: '500ms',
      'report-directory': 'reports',
    };
  }

  /** The routes of slots of their own are written as well: production's is known by its guid. */
  #writes(): Writes {
    const destinations = `/v3/routes/${this.#foundation.database.routes.keys().next().value}/destinations`;
    const blue = this.#foundation.app(this.blue)?.guid;
    return {
      claim: { method: 'POST', path: /\/v3\/apps$/ },
      deploy: { method: 'POST', path: /\/v3\/packages/ },
      overlap: { method: 'POST', path: new RegExp(destinations) },
      switch: { method: 'DELETE', path: new RegExp(destinations) },
      removal: { method: 'DELETE', path: new RegExp(`/v3/apps/${blue}`) },
    };
  }

  #route() {
    const [route] = [...this.#foundation.database.routes.values()].filter(({ host }) => host === 'shop');
    if (!route) throw new Error('There is no route for the shop.');
    return route;
  }

  async #prepare(version: string, isEmpty: boolean, isServing: boolean): Promise<void> {
    this.write('manifest.yml', MANIFEST);
    const blue = {
      name: this.blue,
      image: `${IMAGE}:${version}`,
      instances: 3,
      labels: { 'cutover-slot': this.blue },
      annotations: { 'cutover-version': version },
    };
    await this.#foundation.seed({
      organization: 'shop',
      space: 'production',
      domain: 'example.test',
      apps: isEmpty ? [] : [blue],
      routes: { [HOST]: isEmpty ? [] : [this.blue] },
    });
    this.writes = this.#writes();
    this.url = await this.#foundation.liveUrl(HOST);
    if (isServing) await this.answering();
    if (isServing) this.#moments.push(await this.selected());
    this.#foundation.interception.beforeAnswer = async ({ method, path }) => {
      if (method === 'GET' || !path.includes(`${this.#route().guid}/destinations`)) return;
      const selected = await this.selected();
      // Where nothing answered before, users were sent to nobody but green.
      const isFirst = this.#moments.length === 0 && selected.includes('+');
      if (this.#moments.at(-1) !== selected && !isFirst && selected !== '') this.#moments.push(selected);
    };
  }
}
