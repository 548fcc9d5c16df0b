import {
  type App,
  type EmbeddedMarathon,
  type MarathonLb,
  startEmbeddedMarathon,
} from '../../../src/embedded/marathon/index.js';
import { drainedTasks } from '../../../src/embedded/marathon-lb/drain.js';
import { type ApiRequest, Gateway, UNCOUNTED } from '../gateway.js';
import type { Before } from '../ground.js';
import { behaviourOf, definition, IMAGE } from '../marathon/stage.js';
import { type Inputs, Stage, type Writes } from '../stage.js';

const PORT = 10_900;
const INSTANCES = 3;

/** What marathon-lb reads, as its users write it. */
const LABELS = {
  HAPROXY_GROUP: 'external',
  HAPROXY_DEPLOYMENT_GROUP: 'shop',
  HAPROXY_0_PORT: String(PORT),
  HAPROXY_0_MODE: 'http',
};

/** All instances in one turn: its end is the moment at which green serves alone. */
const STEPWISE = `strategy: stepwise
stepwise: { batch: ${INSTANCES} }
drain: { gauge: { path: /metrics, name: pending_operations }, zeros: 2, interval: 50ms }
`;

/** A DC/OS with a shop behind a marathon-lb, whose instances are exchanged. */
export class MarathonLbStage extends Stage {
  override readonly goesBack = false;
  readonly writes: Writes = {
    claim: { method: 'POST', path: /\/v2\/apps/ },
    // The record is an app as well, and is created first.
    deploy: { method: 'GET', path: /\/v2\/queue|\/v2\/events/ },
    switch: { method: 'POST', path: /\/v2\/tasks\/delete/ },
    removal: { method: 'DELETE', path: /\/v2\/apps\/shop-blue/ },
  };
  readonly #dcos: EmbeddedMarathon;
  readonly #moments: string[] = [];
  #balancer: MarathonLb | undefined;

  private constructor(dcos: EmbeddedMarathon, gateway: Gateway) {
    super(gateway);
    this.#dcos = dcos;
  }

  static async open({ version = 'v1', isEmpty = false, isServing = !isEmpty }: Before = {}): Promise<MarathonLbStage> {
    // A load balancer that checks its servers a few times a second takes a busy machine for a dead server.
    const timing = { serverCheck: 3_000 };
    const behaviour = (app: App) => behaviourOf(app.container?.docker?.image);
    const dcos = await startEmbeddedMarathon({ behaviour, timing });
    const stage = new MarathonLbStage(dcos, await Gateway.start({ url: dcos.url, token: dcos.token() }));
    try {
      await stage.#prepare(version, isEmpty, isServing);
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Every configuration of these scenarios is of an exchange. */
  override write(file: string, text: string): void {
    super.write(file, file === 'cutover.yml' ? text + STEPWISE : text);
  }

  async slots(): Promise<readonly string[]> {
    return [this.blue, this.green].filter(slot => this.#dcos.app(`/${slot}`));
  }

  /** The slots that instances of are served, by marathon-lb's own rule. */
  async selected(): Promise<string> {
    return this.#served().join('+');
  }

  /** What marathon-lb makes its configuration of. */
  async route(): Promise<unknown> {
    return [this.blue, this.green].map(slot => {
      const { instances, labels } = this.#dcos.app(`/${slot}`) ?? {};
      return { slot, instances, labels };
    });
  }

  /** Looked at with each request; how long both are served on the way is a matter of moments, and left out. */
  moments(): readonly string[] {
    const served = this.#served();
    const [only] = served;
    if (only !== undefined && served.length === 1 && this.#moments.at(-1) !== only) this.#moments.push(only);
    return this.#moments;
  }

  async record(): Promise<string> {
    const answer = await this.#api('GET', `/service/marathon/v2/apps?label=CUTOVER_RELEASE==${PORT}`);
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
    const router = `router: marathon-lb, load-balancers: ["${this.#balancer?.statsUrl()}"]`;
    return {
      config: 'cutover.yml',
      platform: 'marathon',
      marathon: `{ url: "${this.gateway.url}", ${router}, credentials: { user: ${uid}, password: ${password} } }`,
      blue: this.blue,
      green: this.green,
      service: `marathon-lb/shop/${PORT}`,
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
    this.write('shop.json', JSON.stringify({ ...definition('shop', 'latest'), labels: LABELS }));
    this.write('cutover.yml', '');
    if (!isEmpty) {
      const target = { HAPROXY_DEPLOYMENT_TARGET_INSTANCES: `${INSTANCES}` };
      const started = { HAPROXY_DEPLOYMENT_STARTED_AT: '2026-01-01T10:00:00' };
      const labels = { ...LABELS, ...target, ...started, CUTOVER_VERSION: version, CUTOVER_SLOT: this.blue };
      await this.#api('POST', '/service/marathon/v2/apps', { ...definition(this.blue, version), labels });
    }
    this.#balancer = await this.#dcos.startMarathonLb({ ports: [PORT] });
    if (isServing) await this.#dcos.settled({ withinMs: 25_000 });
    this.url = this.#balancer.url(PORT);
    if (isServing) await this.answering();
    if (isServing) this.moments();
    this.#dcos.interception.onRequest = () => void this.moments();
  }

  #served(): readonly string[] {
    const { marathon } = this.#dcos;
    const apps = [...marathon.apps.values()].filter(({ labels }) => labels.HAPROXY_GROUP !== undefined);
    const drained = drainedTasks(apps, marathon.tasks);
    const isServed = (id: string) =>
      marathon.tasks.some(task => task.app.id === id && task.isHealthy && !drained.has(task));
    return [this.blue, this.green].filter(slot => apps.some(({ id }) => id === `/${slot}`) && isServed(`/${slot}`));
  }

  async #api(method: string, path: string, body?: object): Promise<Response> {
    const headers = { [UNCOUNTED]: 'yes', ...(body ? { 'content-type': 'application/json' } : {}) };
    const text = body ? { body: JSON.stringify(body) } : {};
    const answer = await fetch(this.gateway.url + path, { method, headers, ...text });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
