import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { runStep, type StepRun } from '../../src/rehearse/runner.js';
import { eventually } from '../cluster/support/eventually.js';
import { failuresOf, Load, type Sample } from '../cluster/support/load.js';
import { ask } from '../cluster/support/request.js';
import { Api, type ApiObject, pathOf } from './api.js';
import { type ApiRequest, Gateway } from './gateway.js';
import type { Ground } from './ground.js';
import { RoutingHistory } from './history.js';
import { liveBlue, manifest } from './shop.js';

const BUNDLE = join(import.meta.dirname, '../../dist/index.js');

export interface Run extends StepRun {
  readonly log: string;
  /** What it asked the API for. */
  readonly requests: readonly ApiRequest[];
}

export type Inputs = Readonly<Record<string, string>>;

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly stopBy?: 'SIGINT' | 'SIGKILL';
  /** Another number is another run of the workflow, and so another holder. */
  readonly runId?: string;
}

export interface LoadedRun {
  readonly run: Run;
  readonly samples: readonly Sample[];
}

export interface StageOptions {
  /** What the namespace holds; the shop with blue live, unless told. */
  readonly objects?: readonly object[];
  /** Whether users get answers before the release; true unless told. */
  readonly isServing?: boolean;
}

/** A namespace with a shop, a workspace with its manifest, and the bundle to run on them. */
export class Stage implements AsyncDisposable {
  readonly api: Api;
  readonly gateway: Gateway;
  readonly ground: Ground;
  readonly namespace: string;
  readonly workspace: string;
  url = '';
  #history: RoutingHistory | undefined;

  private constructor(ground: Ground, gateway: Gateway) {
    this.ground = ground;
    this.gateway = gateway;
    this.api = new Api(gateway.url);
    this.namespace = `contract-${randomBytes(4).toString('hex')}`;
    this.workspace = mkdtempSync(join(tmpdir(), 'cutover-contract-'));
  }

  static async open(ground: Ground, options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(ground, await Gateway.start(ground.server));
    try {
      await stage.#prepare(options.objects ?? liveBlue(ground.image), options.isServing ?? true);
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
    return stage;
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
    return objects.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
  }

  async apply(objects: readonly object[]): Promise<void> {
    for (const object of objects as readonly ApiObject[]) {
      const plural = `${object.kind?.toLowerCase()}s`;
      await this.api.create(this.path(plural), object);
    }
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.workspace, file)), { recursive: true });
    writeFileSync(join(this.workspace, file), text);
  }

  /** Runs the action on the shop with version v2; these inputs over the usual ones, an empty one is not given. */
  async run(inputs: Inputs = {}, options: RunOptions = {}): Promise<Run> {
    const lines: string[] = [];
    const before = this.gateway.requests.length;
    const { signal = new AbortController().signal, stopBy = 'SIGINT', runId = '1' } = options;
    const step = await runStep({
      bundle: BUNDLE,
      inputs: { ...this.#inputs(inputs.version ?? 'v2'), ...inputs },
      workspace: this.workspace,
      environment: process.env,
      line: text => lines.push(text),
      signal,
      stopBy,
      runId,
    });
    return { ...step, log: lines.join('\n'), requests: this.gateway.requests.slice(before) };
  }

  /** The same while users ask on fresh and on kept connections. */
  async runUnderLoad(
    inputs: Inputs = {},
    clients: ConstructorParameters<typeof Load>[1] = { fresh: 4, kept: 4 },
  ): Promise<LoadedRun> {
    const load = new Load(this.url, clients);
    try {
      const run = await this.run(inputs);
      return { run, samples: await load.stop() };
    } finally {
      await load.stop();
    }
  }

  /** Runs until a request passes (its answer never arrives), and stops the process there. */
  async stopAt(stopBy: 'SIGINT' | 'SIGKILL', method: string, path: RegExp, inputs: Inputs = {}): Promise<Run> {
    const stop = new AbortController();
    let isReached = false;
    const after = async () => {
      isReached = true;
      stop.abort();
      // A killed process is gone before its answer could arrive.
      if (stopBy === 'SIGKILL') await new Promise(resolve => setTimeout(resolve, 200));
    };
    this.gateway.moments.push({ method, path, after });
    const run = await this.run(inputs, { stopBy, signal: stop.signal });
    if (!isReached) throw new Error(`The run never asked for ${method} ${path}:\n${run.log}`);
    return run;
  }

  /** Says which slots users were sent to since the stage was opened; waits for the platform's last word. */
  async expectRouting(...moments: readonly string[]): Promise<void> {
    const wanted = moments.join(' > ');
    await eventually(`the routing ${wanted}`, 5, async () => {
      const seen = this.#history?.moments.join(' > ') ?? '';
      return seen === wanted ? { found: true } : { not: seen };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#history?.[Symbol.asyncDispose]();
    await this.api.remove(`/api/v1/namespaces/${this.namespace}`);
    await this.gateway[Symbol.asyncDispose]();
    rmSync(this.workspace, { recursive: true, force: true });
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
    if (isServing) await this.#answering();
    this.#history = new RoutingHistory(this.api, this.namespace, 'shop');
    if (isServing) await eventually('the routing', 10, async () => found(this.#history?.moments[0]));
  }

  async #ready(name: string): Promise<void> {
    await eventually(`${name} to be ready`, 40, async () => {
      const deployment = await this.get(`deployments/${name}`);
      return found(deployment?.status?.readyReplicas === deployment?.spec.replicas ? name : undefined);
    });
  }

  async #answering(): Promise<void> {
    await eventually(`${this.url} to answer`, 20, async () => found((await ask(this.url, false, 500)).version));
  }

  #inputs(version: string): Inputs {
    return {
      blue: 'shop-blue',
      green: 'shop-green',
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
}

function found<Seen>(seen: Seen | undefined): { found: Seen } | { not: unknown } {
  return seen === undefined || seen === '' ? { not: seen } : { found: seen };
}

/** How a run ended, in a form that a failing test shows whole. */
export function expectEnd({ run, samples }: LoadedRun | { run: Run; samples?: undefined }, outputs: object): void {
  try {
    expect(run.outputs).toMatchObject(outputs);
  } catch (thrown) {
    throw new Error(`${(thrown as Error).message}\n\n${run.log}`, { cause: thrown });
  }
  if (samples === undefined) return;
  expect(failuresOf(samples)).toEqual({});
  expect(samples.length).toBeGreaterThan(100);
}
