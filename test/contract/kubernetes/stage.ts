import { randomBytes } from 'node:crypto';
import { eventually } from '../../cluster/support/eventually.js';
import { type ApiRequest, Gateway } from '../gateway.js';
import type { Before } from '../ground.js';
import { found, type Inputs, Stage, type Writes } from '../stage.js';
import { Api, type ApiObject, pathOf } from './api.js';
import type { KubernetesGround } from './ground.js';
import { RoutingHistory } from './history.js';
import { liveBlue, manifest, service } from './shop.js';

export interface StageOptions {
  /** What the namespace holds; the shop with blue live, unless told. */
  readonly objects?: readonly object[];
  /** Whether users get answers before the release; true unless told. */
  readonly isServing?: boolean;
}

/** Reviews ask for permissions, dry runs for opinions: neither changes anything. */
export function isWrite({ method, path }: ApiRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && !/reviews(\?|$)|[?&]dryRun=All|\/proxy(\/|\?|$)/.test(path);
}

/** A namespace with a shop behind a Service. */
export class KubernetesStage extends Stage {
  readonly writes: Writes = {
    claim: { method: 'POST', path: /configmaps(\?|$)/ },
    deploy: { method: 'PATCH', path: /deployments\/shop-green/ },
    switch: { method: 'PATCH', path: /services\/shop(\?|$)/ },
    removal: { method: 'DELETE', path: /deployments\/shop-blue/ },
  };
  readonly api: Api;
  readonly ground: KubernetesGround;
  readonly namespace = `contract-${randomBytes(4).toString('hex')}`;
  #history: RoutingHistory | undefined;

  private constructor(ground: KubernetesGround, gateway: Gateway) {
    super(gateway);
    this.ground = ground;
    this.api = new Api(gateway.url);
  }

  static async open(ground: KubernetesGround, options: StageOptions = {}): Promise<KubernetesStage> {
    const stage = new KubernetesStage(ground, await Gateway.start(ground.server));
    try {
      await stage.#prepare(options.objects ?? liveBlue(ground.image), options.isServing ?? true);
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  static openFor(ground: KubernetesGround, before: Before = {}): Promise<KubernetesStage> {
    const { version = 'v1', isEmpty = false, isServing = !isEmpty } = before;
    const objects = isEmpty ? [service({ app: 'shop' })] : liveBlue(ground.image, version);
    return KubernetesStage.open(ground, { objects, isServing });
  }

  slots(): Promise<readonly string[]> {
    return this.names('deployments');
  }

  async selected(): Promise<string> {
    const { selector } = (await this.get('services/shop'))?.spec ?? {};
    return selector['cutover/slot'] ?? `${this.blue}+${this.green}`;
  }

  route(): Promise<unknown> {
    return this.get('services/shop');
  }

  moments(): readonly string[] {
    return this.#history?.moments ?? [];
  }

  async record(): Promise<string> {
    return JSON.stringify((await this.get('configmaps/cutover-shop'))?.data);
  }

  isWrite(request: ApiRequest): boolean {
    return isWrite(request);
  }

  /** The path of an object of this stage, such as `services/shop`. */
  path(resource: string): string {
    return pathOf(this.namespace, resource);
  }

  get(resource: string): Promise<ApiObject | undefined> {
    return this.api.get(this.path(resource));
  }

  async names(resource: string): Promise<readonly string[]> {
    const objects = await this.api.list(this.path(resource));
    const left = objects.filter(({ metadata }) => !metadata.deletionTimestamp);
    return left.map(({ metadata }) => metadata.name).sort();
  }

  async apply(objects: readonly object[]): Promise<void> {
    for (const object of objects as readonly ApiObject[]) {
      const plural = `${object.kind?.toLowerCase()}${object.kind === 'Ingress' ? 'es' : 's'}`;
      await this.api.create(this.path(plural), object);
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#history?.[Symbol.asyncDispose]();
    await this.api.remove(`/api/v1/namespaces/${this.namespace}`);
    await super[Symbol.asyncDispose]();
  }

  protected inputs(version: string): Inputs {
    return {
      blue: this.blue,
      green: this.green,
      service: 'shop',
      namespace: this.namespace,
      manifest: 'k8s/shop.yaml',
      image: `${this.ground.image}:${version}`,
      version,
      kubeconfig: this.gateway.kubeconfig(),
      smoke: '- http: { path: /, expect: { status: 200, version: true } }',
      'live-url': this.url,
      identity: '{ path: /, header: x-app-version }',
      settle: '200ms',
      bake: '500ms',
      'report-directory': 'reports',
    };
  }

  async #prepare(objects: readonly object[], isServing: boolean): Promise<void> {
    await this.api.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.namespace },
    });
    await eventually('the default service account', 20, async () => {
      const account = await this.get('serviceaccounts/default');
      return account ? { found: true } : { not: 'nothing' };
    });
    this.write('k8s/shop.yaml', manifest({ image: this.ground.image }));
    await this.apply(objects);
    for (const name of isServing ? await this.names('deployments') : []) await this.#ready(name);
    this.url = await this.ground.liveUrl(this.namespace, 'shop').catch(() => '');
    if (isServing) await this.answering();
    this.#history = new RoutingHistory(this.api, this.namespace, 'shop');
    if (isServing) await eventually('the routing', 10, async () => found(this.#history?.moments[0]));
  }

  async #ready(name: string): Promise<void> {
    await eventually(`${name} to be ready`, 40, async () => {
      const deployment = await this.get(`deployments/${name}`);
      return found(deployment?.status?.readyReplicas === deployment?.spec.replicas ? name : undefined);
    });
  }
}
