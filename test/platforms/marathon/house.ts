/**
 * A DC/OS in this process with the tutorial's shop on it, and whole releases by the code that a runner runs. Every request
 * and answer is held against the API descriptions.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHaproxy } from '../../../src/embedded/edge-lb/balancer/haproxy.js';
import {
  type EmbeddedMarathon,
  type EmbeddedMarathonOptions,
  startEmbeddedMarathon,
} from '../../../src/embedded/marathon/index.js';
import { request } from '../../../src/lib/http.js';
import { Descriptions } from '../../embedded/descriptions.js';
import { type Run, type RunOptions, runConfig } from '../run.js';

export { expectResult, type Run, type RunOptions } from '../run.js';

/** What carries the traffic of pools on this machine: a real HAProxy too, where it is installed. */
export const ROUTERS: readonly EmbeddedMarathon['router'][] = [
  'built-in',
  ...((await findHaproxy()) ? (['haproxy'] as const) : []),
];

/** A load balancer that checks its servers a few times a second takes a busy machine for a dead server. */
export const PATIENT = { serverCheck: 3_000 };

const EXAMPLES = join(import.meta.dirname, '../../../examples/dcos');

export interface House extends AsyncDisposable {
  readonly dcos: EmbeddedMarathon;
  readonly workspace: string;
  /** The frontend of the tutorial's pool. */
  readonly url: string;
  /** Asks an API as the administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many answers
  api(method: string, path: string, body?: unknown): Promise<any>;
  /** A release of the shop; these settings over the usual ones. */
  run(settings?: Record<string, unknown>, options?: RunOptions): Promise<Run>;
  /** The app that the pool goes to. */
  live(backend?: string): string;
}

export interface HouseOptions extends EmbeddedMarathonOptions {
  readonly instances?: number;
  /** Over the tutorial's app. */
  readonly app?: object;
}

export function example(name: string) {
  return JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8'));
}

/** The pool and the blue app of the tutorial, live and healthy. */
export async function startHouse({ instances = 2, app = {}, ...options }: HouseOptions = {}): Promise<House> {
  const descriptions = new Descriptions();
  const { onExchange } = descriptions;
  const dcos = await startEmbeddedMarathon({
    router: 'built-in',
    onExchange,
    ...options,
    timing: { ...PATIENT, ...options.timing },
  });
  const workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
  await cp(EXAMPLES, workspace, { recursive: true });
  const definition = { ...patient(example('svc-green.json')), ...app };
  await writeFile(join(workspace, 'svc.json'), JSON.stringify(definition));
  const api: House['api'] = async (method, path, body) => {
    const { status, text } = await request({
      method,
      url: `${dcos.url}${path}`,
      headers: { authorization: `token=${dcos.token()}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: 30_000,
      tls: dcos.ca === undefined ? undefined : { ca: dcos.ca },
      signal: new AbortController().signal,
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  };
  await api('POST', '/service/edgelb/v2/pools', example('sample-minimal.json'));
  await api('POST', '/service/marathon/v2/apps', {
    ...example('svc-blue.json'),
    ...app,
    instances,
    ...versioned('v1'),
  });
  await dcos.settled({ withinMs: 25_000 });
  const url = dcos.poolUrl('sample-config', 80);
  return {
    dcos,
    workspace,
    url,
    api,
    live: (backend = 'svc') => {
      const { backends } = dcos.pool('sample-config').haproxy;
      return String(backends.find(one => one.name === backend)?.services[0]?.marathon?.serviceID);
    },
    run: (settings = {}, runOptions = {}) => run(dcos, workspace, url, settings, runOptions),
    async [Symbol.asyncDispose]() {
      await dcos.close();
      await rm(workspace, { recursive: true });
      if (descriptions.problems.length === 0) return;
      throw new Error(`Not as the API descriptions say:\n${descriptions.problems.join('\n')}`);
    },
  };
}

/** A busy machine is slow to answer: that is no reason to end an instance. */
function patient(app: { readonly healthChecks: readonly object[] }) {
  const healthChecks = app.healthChecks.map(check => ({ ...check, timeoutSeconds: 300, maxConsecutiveFailures: 0 }));
  return { ...app, healthChecks };
}

/** What a release of this version leaves in an app. */
export function versioned(version: string) {
  const container = { type: 'DOCKER', docker: { image: `mesosphere/httpd:${version}` } };
  return { labels: { CUTOVER_VERSION: version }, container };
}

async function run(
  dcos: EmbeddedMarathon,
  workspace: string,
  url: string,
  settings: Record<string, unknown>,
  options: RunOptions,
): Promise<Run> {
  const version = String(settings.version ?? 'v2');
  const { target = {}, ...rest } = settings as { target?: object };
  const config = {
    platform: 'marathon',
    version,
    marathon: { url: dcos.url, credentials: { user: dcos.credentials.uid, password: dcos.credentials.password } },
    targets: [
      {
        name: 'svc',
        slots: { blue: '/svc-blue', green: '/svc-green' },
        manifest: 'svc.json',
        image: `mesosphere/httpd:${version}`,
        routes: ['pool/sample-config/svc'],
        'live-url': url,
        identity: { path: '/', header: 'x-app-version' },
        ...target,
      },
    ],
    settle: '200ms',
    bake: { for: '500ms' },
    ...rest,
  };
  return await runConfig(workspace, config, options);
}
