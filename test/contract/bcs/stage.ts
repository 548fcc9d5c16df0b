import {
  type Behaviour,
  type DeploymentDefinition,
  type EmbeddedBcs,
  startEmbeddedBcs,
} from '../../../src/embedded/bcs/index.js';
import { type ApiRequest, Gateway } from '../gateway.js';
import type { Before } from '../ground.js';
import { type Inputs, Stage, type Writes } from '../stage.js';

const IMAGE = 'cutover.test/server';
const NAMESPACE = 'defaultGroup';

/** What the test server does by the ending of its tag. */
function behaviourOf({ spec }: DeploymentDefinition): Behaviour {
  const [{ image } = { image: '' }] = spec.template.spec.containers;
  if (image.endsWith('-crash')) return { start: 'crash' };
  if (image.endsWith('-unready')) return { start: 'never-healthy' };
  if (image.endsWith('-abrupt')) return { drains: false };
  if (image.endsWith('-failing')) return { answers: { '*': { status: 500 } } };
  return {};
}

/** The deployment of the scenarios, as the repository of the shop has it. */
function definition(name: string, version: string, labels: Record<string, string> = {}): DeploymentDefinition {
  const container = {
    type: 'MESOS',
    image: `${IMAGE}:${version}`,
    ports: [{ name: 'web', containerPort: 8000, protocol: 'HTTP' }],
    healthChecks: [{ type: 'REMOTE_HTTP', protocol: 'http' }],
  };
  const made = {
    apiVersion: 'v4',
    kind: 'deployment',
    metadata: { name, namespace: NAMESPACE, labels: { app: 'shop', appname: name, ...labels } },
    spec: { instance: 3, template: { spec: { containers: [container], networkMode: 'BRIDGE' } } },
  };
  return made;
}

/** A Mesos cluster of BCS with a shop behind a load balancer. */
export class BcsStage extends Stage {
  readonly writes: Writes = {
    claim: { method: 'POST', path: /\/configmaps/ },
    deploy: { method: 'POST', path: /\/deployments/ },
    switch: { method: 'PUT', path: /\/services/ },
    removal: { method: 'DELETE', path: /\/deployments\/shop-blue/ },
  };
  readonly #bcs: EmbeddedBcs;
  readonly #moments: string[] = [];

  private constructor(bcs: EmbeddedBcs, gateway: Gateway) {
    super(gateway);
    this.#bcs = bcs;
  }

  static async open({ version = 'v1', isEmpty = false, isServing = !isEmpty }: Before = {}): Promise<BcsStage> {
    const bcs = await startEmbeddedBcs({ timing: { second: 10 }, behaviour: behaviourOf });
    const stage = new BcsStage(bcs, await Gateway.start({ url: bcs.url, token: bcs.token }));
    try {
      await stage.#prepare(version, isEmpty, isServing);
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async slots(): Promise<readonly string[]> {
    const { deployments } = this.#bcs.scheduler;
    return [this.blue, this.green].filter(slot => deployments.has(`${NAMESPACE}/${slot}`));
  }

  async selected(): Promise<string> {
    const { selector = {} } = (await this.route()).spec;
    const [own] = [this.blue, this.green].filter(slot => selector.appname === slot);
    return own ?? `${this.blue}+${this.green}`;
  }

  async route() {
    const service = this.#bcs.scheduler.services.get(`${NAMESPACE}/shop`);
    if (!service) throw new Error('There is no service shop.');
    return service;
  }

  moments(): readonly string[] {
    return this.#moments;
  }

  async record(): Promise<string> {
    const maps = [...this.#bcs.scheduler.configMaps.values()] as { datas?: Record<string, { content: string }> }[];
    return maps.map(({ datas }) => Buffer.from(datas?.['record.json']?.content ?? '', 'base64').toString()).join('\n');
  }

  isWrite({ method, path }: ApiRequest): boolean {
    return method !== 'GET' && !path.startsWith('/bcsapi/v4/storage/query/');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#bcs.close();
  }

  protected inputs(version: string): Inputs {
    const where = `orchestrator: mesos, cluster: ${this.#bcs.clusterId}, api: "${this.gateway.url}"`;
    return {
      platform: 'bcs',
      bcs: `{ ${where}, token: "${this.#bcs.token}", read-lag: 400ms, load-balancer-lag: 150ms }`,
      blue: this.blue,
      green: this.green,
      service: 'shop',
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
    this.write('shop.json', JSON.stringify(definition('shop-blue', 'latest')));
    const blue = definition(this.blue, version, { 'cutover.slot': this.blue, 'cutover.version': version });
    if (!isEmpty) this.#bcs.scheduler.createDeployment(blue);
    this.#bcs.scheduler.createService({
      apiVersion: 'v4',
      kind: 'service',
      metadata: { name: 'shop', namespace: NAMESPACE, labels: { BCSGROUP: 'lb' } },
      spec: { selector: { appname: this.blue }, ports: [{ name: 'web', protocol: 'TCP', servicePort: 8080 }] },
    });
    await this.#bcs.settled();
    this.url = this.#bcs.liveUrl(NAMESPACE, 'shop');
    if (isServing) await this.answering();
    if (!isEmpty && isServing) this.#moments.push(await this.selected());
    this.#bcs.interception.beforeAnswer = async ({ method, path }) => {
      if (method !== 'PUT' || !path.includes('/services')) return;
      const selected = await this.selected();
      if (this.#moments.at(-1) !== selected) this.#moments.push(selected);
    };
  }
}
