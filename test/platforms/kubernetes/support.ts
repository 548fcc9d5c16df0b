/** A cluster in this process, a shop to release on it, and the platform under test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type TargetConfig, targetSchema } from '../../../src/config/schema.js';
import {
  type EmbeddedKubernetes,
  type EmbeddedKubernetesOptions,
  startEmbeddedKubernetes,
} from '../../../src/embedded/kubernetes/index.js';
import { open } from '../../../src/platforms/kubernetes/index.js';
import type { Clock, Platform, PlatformSettings, Roles } from '../../../src/platforms/port.js';
import type { Snapshot, TargetPlan } from '../../../src/release/model.js';
import { soon } from '../script.js';

export { soon } from '../script.js';

export interface House extends AsyncDisposable {
  readonly kube: EmbeddedKubernetes;
  readonly platform: Platform;
  readonly workspace: string;
  readonly masked: string[];
  /** Another platform on the same cluster, with other settings. */
  another(settings: Partial<PlatformSettings>): Promise<Platform>;
}

/** Time that runs `speed` times as fast. */
export function clockOf(speed = 1): Clock {
  const begun = Date.now();
  return {
    now: () => begun + (Date.now() - begun) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const stop = () => {
          clearTimeout(timer);
          reject(signal.reason);
        };
        const timer = setTimeout(() => {
          signal.removeEventListener('abort', stop);
          resolve();
        }, ms / speed);
        signal.addEventListener('abort', stop, { once: true });
      }),
  };
}

export const QUICK = { controllers: 1, containerStart: 2, readyAfter: 5, propagation: 5, grace: 50, linger: 5 };

export async function startHouse(
  files: Readonly<Record<string, string>>,
  { speed = 1, ...options }: EmbeddedKubernetesOptions & { readonly speed?: number } = {},
): Promise<House> {
  const kube = await startEmbeddedKubernetes({ timing: QUICK, ...options });
  const workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(workspace, name), text)));
  const masked: string[] = [];
  const settings: PlatformSettings = {
    workspace,
    environment: {},
    kubeconfig: kube.kubeconfig(),
    context: undefined,
    namespace: 'shop',
    log: { debug: () => undefined, warning: () => undefined },
    mask: secret => masked.push(secret),
    clock: clockOf(speed),
  };
  const opened: Platform[] = [];
  const another = async (own: Partial<PlatformSettings>) => {
    const platform = await open({ ...settings, ...own });
    opened.push(platform);
    return platform;
  };
  const platform = await another({});
  return {
    kube,
    platform,
    workspace,
    masked,
    another,
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]();
      await kube.close();
      await rm(workspace, { recursive: true });
    },
  };
}

export function shop(overrides: Readonly<Record<string, unknown>> = {}): TargetConfig {
  return targetSchema.parse({
    name: 'shop',
    slots: { blue: 'shop-blue', green: 'shop-green' },
    manifest: 'shop.yaml',
    routes: ['service/shop'],
    ...overrides,
  });
}

/** A Deployment as people write it. */
export function deployment(options: {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly replicas?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly templateAnnotations?: Readonly<Record<string, string>>;
}) {
  const { name = 'shop', labels = { app: 'shop' }, version = 'v1', replicas = 2, annotations } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', ...(annotations ? { annotations } : {}) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(options.templateAnnotations ? { annotations: options.templateAnnotations } : {}) },
        spec: {
          containers: [
            { name: 'web', image: `registry.example/shop:${version}`, ports: [{ name: 'http', containerPort: 8080 }] },
          ],
        },
      },
    },
  };
}

export function service(selector: Readonly<Record<string, string>>, name = 'shop', spec: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
  };
}

export function yaml(...documents: readonly object[]): string {
  return documents.map(document => JSON.stringify(document)).join('\n---\n');
}

/** Blue and green as `release/plan` decides them. */
export function rolesOf(snapshot: Snapshot, target: TargetConfig, version: string, more: Partial<Roles> = {}): Roles {
  const blue = snapshot.live;
  const green = blue === target.slots.green ? target.slots.blue : target.slots.green;
  const size = snapshot.slots.find(state => state.slot === blue)?.size;
  return { blue, green, version, size, teardown: 'delete', way: 'atomic', shares: [], ...more };
}

/** Inspect and propose, as the story does before it writes. */
export async function planFor(
  platform: Platform,
  target: TargetConfig,
  version: string,
  more: Partial<Roles> = {},
): Promise<TargetPlan> {
  const snapshot = await platform.inspect(target, soon());
  const roles = rolesOf(snapshot, target, version, more);
  const proposal = await platform.propose(target, snapshot, roles, soon());
  const blueVersion = snapshot.slots.find(state => state.slot === roles.blue)?.version;
  const size = roles.size ?? proposal.size;
  const { green, blue } = roles;
  const { stages = [] } = proposal;
  const previous = snapshot.routing;
  return { target: target.name, blue, green, blueVersion, version, previous, ...proposal, stages, size };
}

/** Waits until a slot is complete. */
export async function untilReady(platform: Platform, target: TargetConfig, plan: TargetPlan): Promise<void> {
  for await (const state of platform.readiness(target, plan.green, plan, soon())) {
    if (state.hopeless) throw new Error(state.hopeless);
    if (state.complete) return;
  }
}

/** A whole release without checks. Answers with its plan. */
export async function release(platform: Platform, target: TargetConfig, version: string): Promise<TargetPlan> {
  const plan = await planFor(platform, target, version);
  if (plan.adopted) await platform.route(target, plan.previous, plan.adopted, soon());
  await platform.deploy(target, plan, soon());
  await untilReady(platform, target, plan);
  await platform.route(target, plan.adopted ?? plan.previous, plan.next, soon());
  const verdict = await platform.confirm(target, plan.next, plan.green, soon());
  if (verdict.verdict !== 'pass') throw new Error(verdict.reason);
  if (plan.blue) await platform.teardown(target, plan.blue, 'delete', soon());
  return plan;
}

/** What an assertion about a failure looks at. */
export function failureLike(code: string, message: RegExp) {
  return { name: 'Failure', code, message: expect.stringMatching(message) };
}
