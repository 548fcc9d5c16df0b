/** A Mesos cluster of BCS in this process with the guide's shop on it, and whole releases by the code that a runner runs. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DeploymentDefinition,
  type EmbeddedBcs,
  type EmbeddedBcsOptions,
  type ServiceDefinition,
  startEmbeddedBcs,
} from '../../../src/embedded/bcs/index.js';
import { Load } from '../../embedded/load.js';
import { type Run, type RunOptions, runConfig } from '../run.js';

export { codesOf, expectResult, type Run, runConfig } from '../run.js';

export const NAMESPACE = 'defaultGroup';

export interface House extends AsyncDisposable {
  readonly bcs: EmbeddedBcs;
  readonly workspace: string;
  /** The port of the load balancer. */
  readonly url: string;
  /** A release of the guide's green; these settings over the usual ones. */
  run(settings?: Record<string, unknown>, options?: RunOptions): Promise<Run>;
  /** The same with users on the load balancer; answers with what failed, and how often. */
  runUnderLoad(settings?: Record<string, unknown>): Promise<Run & { readonly failures: Record<string, number> }>;
  selector(): Readonly<Record<string, string>>;
  slots(): readonly string[];
}

/** A file of the guide as it is printed, mistakes included. */
export function printed(name: string): string {
  return readFileSync(join(import.meta.dirname, 'guide', `${name}.txt`), 'utf8');
}

/** A definition of the guide without the comma that makes it no JSON. */
export function definition(name: 'test-blue' | 'test-green'): DeploymentDefinition {
  return JSON.parse(printed(`${name}.json`).replace(/,(?=\s*[}\]])/g, '')) as DeploymentDefinition;
}

/** The guide's service as it has to be: its port is named as the container's, and tcp needs no domain. */
export function service(change: Partial<ServiceDefinition['spec']> = {}): ServiceDefinition {
  const written = JSON.parse(printed('test-svc.json')) as ServiceDefinition;
  const ports = [{ name: 'test-port', protocol: 'TCP', servicePort: 8080 }];
  return { ...written, spec: { ...written.spec, ports, ...change } };
}

export interface HouseOptions extends EmbeddedBcsOptions {
  readonly deployments?: readonly DeploymentDefinition[];
  readonly services?: readonly ServiceDefinition[];
  /** Files of the workspace by their names; the guide's green as it is printed, unless told. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The guide's blue and its service, live; green is what is released. */
export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const { deployments = [definition('test-blue')], services = [service()], files = {}, ...rest } = options;
  const bcs = await startEmbeddedBcs({ timing: { second: 10 }, ...rest });
  const workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
  const all = { 'test-green.json': printed('test-green.json'), ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(workspace, name), text);
  await bcs.seed({ deployments, services });
  const run: House['run'] = (settings, runOptions) => release(bcs, workspace, settings, runOptions);
  const house: House = {
    bcs,
    workspace,
    get url() {
      return bcs.liveUrl(NAMESPACE, 'test');
    },
    run,
    runUnderLoad: async settings => {
      const load = new Load(house.url, { keepAlive: 2, fresh: 2, pauseMs: 5 });
      try {
        const live = { 'live-url': house.url, identity: { path: '/', header: 'x-app-version' } };
        const { target = {}, ...others } = settings ?? {};
        const done = await run({ ...others, target: { ...live, ...(target as object) } });
        return { ...done, failures: Object.fromEntries((await load.stop()).failures) };
      } finally {
        await load.stop();
      }
    },
    selector: () => bcs.scheduler.services.get(`${NAMESPACE}/test`)?.spec.selector ?? {},
    slots: () => [...bcs.scheduler.deployments.values()].map(one => one.definition.metadata.name).sort(),
    [Symbol.asyncDispose]: async () => {
      await bcs.close();
      await rm(workspace, { recursive: true, force: true });
    },
  };
  return house;
}

async function release(
  bcs: EmbeddedBcs,
  workspace: string,
  settings: Record<string, unknown> = {},
  options: RunOptions = {},
): Promise<Run> {
  const { target = {}, bcs: section = {}, version = 'green', ...rest } = settings;
  const config = {
    platform: 'bcs',
    version,
    bcs: {
      orchestrator: 'mesos',
      cluster: bcs.clusterId,
      api: bcs.url,
      token: bcs.token,
      'read-lag': '300ms',
      'load-balancer-lag': '150ms',
      ...(section as object),
    },
    targets: [
      {
        name: 'test',
        slots: { blue: 'test-blue', green: 'test-green' },
        manifest: 'test-green.json',
        routes: ['service/test'],
        ...(target as object),
      },
    ],
    settle: '100ms',
    bake: { for: '300ms' },
    ...rest,
  };
  return await runConfig(workspace, config, options);
}
