/** A Cloud Foundry in this process with the walk-through's app on it, and whole releases by the code that a runner runs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type EmbeddedCloudFoundry,
  type EmbeddedCloudFoundryOptions,
  type Seed,
  startEmbeddedCloudFoundry,
} from '../../../src/embedded/cloudfoundry/index.js';
import { type Run, runConfig } from '../run.js';

export { codesOf, expectResult, type Run } from '../run.js';

export const HOST = 'myapp.example.test';
export const PLACE = { organization: 'shop', space: 'production', domain: 'example.test' };
export const MANIFEST = `applications:
- name: myapp
  memory: 64M
  health-check-type: http
  health-check-http-endpoint: /healthcheck
`;

/** `line` is told each line of the log as it comes. */
export type Settings = Readonly<Record<string, unknown>> & { readonly line?: (text: string) => void };

export interface House extends AsyncDisposable {
  readonly cf: EmbeddedCloudFoundry;
  readonly workspace: string;
  /** By which users reach the app. */
  readonly url: string;
  /** Of the platform's section; what a test says comes over it. */
  section(more?: Settings): Settings;
  /** A release of version 2; these settings over the usual ones, `target` and `cloud-foundry` over theirs. */
  run(settings?: Settings): Promise<Run>;
  write(file: string, text: string): void;
  /** Names of the apps that a host leads to. */
  destinations(host?: string): readonly string[];
  /** Names of the apps that are there, without records. */
  apps(): readonly string[];
  /** The apps that write requests have reached, such as `PATCH /v3/apps/GUID`. */
  writes(): readonly string[];
}

export interface HouseOptions extends EmbeddedCloudFoundryOptions {
  /** What the runner gives to the job. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is there beside, or in place of, `myapp` in version 1 on its route. */
  readonly seed?: Partial<Seed>;
}

/** `myapp` was pushed by hand in version 1, with two instances, and answers its route. */
export async function startHouse({ seed = {}, environment = {}, ...options }: HouseOptions = {}): Promise<House> {
  const cf = await startEmbeddedCloudFoundry(options);
  const apps = [{ name: 'myapp', image: 'registry.test/myapp:1', instances: 2 }];
  await cf.seed({ ...PLACE, apps, routes: { [HOST]: ['myapp'] }, ...seed });
  const workspace = mkdtempSync(join(tmpdir(), 'cutover-test-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  write('manifest.yml', MANIFEST);
  const url = await cf.liveUrl(HOST);
  const section = (more: Settings = {}) => ({
    api: cf.url,
    org: PLACE.organization,
    space: PLACE.space,
    credentials: { user: cf.user.name, password: cf.user.password },
    routers: cf.routers.map(({ port }) => `http://127.0.0.1:${port}`),
    probes: 3,
    linger: '50ms',
    ...more,
  });
  const named = (guid: string) => cf.database.apps.get(guid)?.name ?? guid;
  return {
    cf,
    workspace,
    url,
    section,
    write,
    run: settings =>
      runConfig(workspace, configOf(url, section, settings), {
        environment,
        ...(settings?.line ? { line: settings.line } : {}),
      }),
    destinations: (host = HOST) => {
      const route = [...cf.database.routes.values()].find(one => cf.database.urlOf(one) === host);
      return (route?.destinations ?? []).map(({ app }) => named(app)).sort();
    },
    apps: () =>
      [...cf.database.apps.values()]
        .filter(({ labels }) => !labels['cutover-release'])
        .map(({ name }) => name)
        .sort(),
    writes: () => cf.requests.all.filter(({ mutating }) => mutating).map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      await cf.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

function configOf(url: string, section: House['section'], settings: Settings = {}): object {
  const { target = {}, 'cloud-foundry': own = {}, version = '2', line: _line, ...rest } = settings;
  return {
    platform: 'cloud-foundry',
    version,
    'cloud-foundry': section(own as Settings),
    targets: [
      {
        name: 'myapp',
        slots: { blue: 'myapp-blue', green: 'myapp-green' },
        manifest: 'manifest.yml',
        image: `registry.test/myapp:${version}`,
        routes: [`route/${HOST}`],
        'live-url': url,
        identity: { header: 'x-app-version' },
        'cloud-foundry': { app: 'myapp' },
        ...(target as object),
      },
    ],
    settle: '100ms',
    switch: { mode: 'overlap', hold: '100ms' },
    bake: { for: '200ms' },
    ...rest,
  };
}
