import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { CLUSTER, GREEN_VERSION, MANIFEST, NAMESPACE } from '../../../src/rehearse/demo-shop.js';
import { type LoadCounts, startLoad } from '../../../src/rehearse/load.js';
import { BUNDLE } from '../stage.js';

/** A copy: hundreds of processes are started from it, and a build beside the tests must not change it under them. */
const COPY = mkdtempSync(join(tmpdir(), 'cutover-bundle-'));
cpSync(dirname(BUNDLE), COPY, { recursive: true });
process.once('exit', () => rmSync(COPY, { recursive: true, force: true }));

export { NAMESPACE };

/** How the bundle's process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  /** From the start of the process. */
  readonly durationMs: number;
}

/** The bundle's process, under way. */
export interface Performer {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** A shop that is live in blue, load on it, and a short release to befall. */
export interface Theatre extends AsyncDisposable {
  readonly platform: EmbeddedKubernetes;
  readonly workspace: string;
  /** Starts the bundle; `onLine` sees each line of its log as it comes. */
  perform(verb?: string, onLine?: (line: string) => void, args?: readonly string[]): Performer;
  /** Writes the configuration anew, with other settings. */
  configure(more: Readonly<Record<string, unknown>>): void;
  /** Ends the load: what users saw so far. */
  applause(): Promise<LoadCounts>;
  /** Promises that were broken, by the routing's history and by removals of what was live. */
  broken(): readonly string[];
  /** What is there, without names and times that differ from run to run. */
  state(): unknown;
}

const TIMING = { controllers: 1, containerStart: 5, readyAfter: 30, propagation: 5, grace: 1_000, linger: 250 };

/** A term of three seconds, so that a dead run can be taken over soon; waits and bake are as short as they can mean anything. */
export function configuration(kubeconfig: string, liveUrl: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    version: GREEN_VERSION,
    kubeconfig,
    targets: [
      {
        name: 'shop',
        slots: { blue: 'shop-blue', green: 'shop-green' },
        manifest: 'k8s/shop.yaml',
        image: `registry.example/shop:${GREEN_VERSION}`,
        routes: ['service/shop'],
        'live-url': liveUrl,
        identity: { path: '/', header: 'x-app-version' },
      },
    ],
    verify: [{ http: { path: '/healthz', expect: { status: 200 } } }],
    settle: '50ms',
    bake: { for: '150ms', interval: '100ms', checks: [{ http: { path: '/healthz' } }] },
    lock: { term: '3s', wait: '3200ms' },
    ...more,
  };
}

export async function openTheatre(more: Readonly<Record<string, unknown>> = {}): Promise<Theatre> {
  const platform = await startEmbeddedKubernetes({ timing: TIMING });
  await platform.apply(CLUSTER);
  await platform.settled();
  const workspace = mkdtempSync(join(tmpdir(), 'cutover-disaster-'));
  const url = platform.serviceUrl(NAMESPACE, 'shop');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  write('k8s/shop.yaml', MANIFEST);
  const configure = (settings: Readonly<Record<string, unknown>>) =>
    write('cutover.yml', JSON.stringify(configuration(platform.kubeconfig(), url, settings)));
  configure(more);
  const load = startLoad({ url, connections: 2, pauseMs: 15, slotHeader: 'x-app-slot', atMostMs: 90_000 });
  const removals: string[] = [];
  watchRemovals(platform, removals);
  const performers: Performer[] = [];
  return {
    platform,
    workspace,
    configure,
    perform: (verb = 'run', onLine = () => undefined, args = []) => {
      const performer = start(workspace, [verb, '--config', 'cutover.yml', ...args], onLine);
      performers.push(performer);
      return performer;
    },
    applause: () => load.stop(),
    broken: () => [...removals, ...brokenRouting(platform)],
    state: () => stateOf(platform),
    [Symbol.asyncDispose]: async () => {
      for (const performer of performers) performer.kill('SIGKILL');
      await load.stop();
      await platform.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

function start(workspace: string, args: readonly string[], onLine: (line: string) => void): Performer {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(COPY, 'index.js'), ...args], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: workspace },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
      for (const line of text.split('\n')) onLine(line);
    });
  }
  const ended = new Promise<Ended>(resolve => {
    child.once('close', (code, signal) => resolve({ code, signal, log, durationMs: performance.now() - startedAt }));
  });
  return { pid: child.pid ?? 0, kill: signal => void child.kill(signal), ended };
}

/** Whether a workload is live at the moment at which somebody removes it (P7). */
function watchRemovals(platform: EmbeddedKubernetes, found: string[]): void {
  const beforeAnswer = platform.interception.beforeAnswer;
  platform.interception.beforeAnswer = async request => {
    const [, slot] = /\/deployments\/([^/?]+)/.exec(request.path) ?? [];
    if (request.method === 'DELETE' && request.status < 300 && slot === liveSlot(platform)) {
      found.push(`P7: ${slot} was removed while it was live`);
    }
    await beforeAnswer(request);
  };
}

export function liveSlot(platform: EmbeddedKubernetes): string | undefined {
  return selectorOf(platform)?.['cutover/slot'];
}

function selectorOf(platform: EmbeddedKubernetes): Readonly<Record<string, string>> | undefined {
  const [service] = platform.objects('Service', NAMESPACE);
  return (service?.spec as { selector?: Record<string, string> } | undefined)?.selector;
}

function brokenRouting(platform: EmbeddedKubernetes): readonly string[] {
  const moments = platform.routing(NAMESPACE, 'shop').map(moment => moment.slots.join('+'));
  const wrong = moments.slice(moments.indexOf('shop-blue')).filter(slots => slots === '' || slots.includes('+'));
  return wrong.map(slots => (slots === '' ? 'P2: the route selected nothing' : `P3: the route selected ${slots}`));
}

/** The record as it stands on the platform. */
export function recordOf(platform: EmbeddedKubernetes): {
  readonly phase?: string;
  readonly result?: string;
  readonly version?: string;
  readonly holder?: { readonly id: string } | null;
} {
  const map = platform.objects('ConfigMap', NAMESPACE).find(one => one.metadata.name === 'cutover-shop');
  return JSON.parse((map?.data as { record?: string } | undefined)?.record ?? '{}');
}

function stateOf(platform: EmbeddedKubernetes): unknown {
  const named = (kind: string) => platform.objects(kind, NAMESPACE).map(one => one.metadata.name);
  const { phase, result, version, holder } = recordOf(platform);
  return {
    deployments: platform.objects('Deployment', NAMESPACE).map(({ metadata, spec }) => {
      const { replicas, selector, template } = spec as Record<string, unknown>;
      return { name: metadata.name, replicas, selector, template };
    }),
    selector: selectorOf(platform),
    configMaps: named('ConfigMap').sort(),
    budgets: named('PodDisruptionBudget').sort(),
    pods: named('Pod').length,
    record: { phase, result, version, holder },
  };
}

/** Does the same for every item, `width` of them at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** A table that a person can read, on the test's own output. */
export function print(title: string, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map(line => `  ${line}`).join('\n')}\n`);
}
