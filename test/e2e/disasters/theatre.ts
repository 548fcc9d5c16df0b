import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadCounts, startLoad } from '../../../src/rehearse/load.js';
import { GREEN_VERSION, type Ground, type OpenGround } from './ground.js';
import { type Ended, type Performer, runHere, startProcess } from './performer.js';

export type Settings = Readonly<Record<string, unknown>>;

export interface TheatreOptions {
  /** Settings over those of the play. */
  readonly more?: Settings;
  /** One target, unless told. */
  readonly targets?: readonly string[];
  /** Connections of the load, kept and fresh ones each. */
  readonly connections?: number;
}

/** What the users of all targets saw, and those of each. */
export interface Applause extends LoadCounts {
  readonly byTarget: Readonly<Record<string, LoadCounts>>;
}

/** A shop that is live in blue, load on it, and a short release to befall. */
export interface Theatre extends AsyncDisposable {
  readonly ground: Ground;
  readonly workspace: string;
  /** Starts the bundle with the configuration; `onLine` sees each line of its log as it comes. */
  perform(verb?: string, onLine?: (line: string) => void, args?: readonly string[]): Performer;
  /** The same in this process. */
  performHere(verb?: string, args?: readonly string[]): Promise<Ended>;
  /** Writes the configuration anew, with other settings. */
  configure(more: Settings): void;
  /** Ends the load: what users saw so far. */
  applause(): Promise<Applause>;
  /** What the record says, in few words; what the platform holds, beside. */
  state(): unknown;
  /** Nobody holds the release. */
  isFree(): boolean;
}

/** A term of three seconds, so that a dead run can be taken over soon; waits and bake are as short as they can mean anything. */
const SHORT = {
  version: GREEN_VERSION,
  verify: [{ http: { path: '/healthz', expect: { status: 200 } } }],
  settle: '50ms',
  bake: { for: '150ms', interval: '100ms', checks: [{ http: { path: '/healthz' } }] },
  lock: { term: '3s', wait: '3200ms' },
};

export async function openTheatre(open: OpenGround, options: TheatreOptions = {}): Promise<Theatre> {
  const { more = {}, targets = ['shop'], connections = 2 } = options;
  const ground = await open(targets);
  const workspace = mkdtempSync(join(tmpdir(), 'cutover-disaster-'));
  for (const [file, text] of Object.entries(ground.files)) write(workspace, file, text);
  const configure = (settings: Settings) => write(workspace, 'cutover.yml', configuration(ground, settings));
  configure(more);
  const loads = ground.targets.map(({ url }) =>
    startLoad({ url, connections, pauseMs: 15, slotHeader: 'x-app-slot', atMostMs: 120_000 }),
  );
  const performers: Performer[] = [];
  const commandLine = (verb: string, args: readonly string[]) => [verb, '--config', 'cutover.yml', ...args];
  return {
    ground,
    workspace,
    configure,
    perform: (verb = 'run', onLine = () => undefined, args = []) => {
      const performer = startProcess(workspace, commandLine(verb, args), onLine);
      performers.push(performer);
      return performer;
    },
    performHere: (verb = 'run', args = []) => runHere(workspace, commandLine(verb, args)),
    applause: async () => added(targets, await Promise.all(loads.map(load => load.stop()))),
    state: () => ({ platform: ground.state(), record: told(ground) }),
    isFree: () => (told(ground).holder ?? null) === null,
    [Symbol.asyncDispose]: async () => {
      for (const performer of performers) performer.kill('SIGKILL');
      await Promise.all(loads.map(load => load.stop()));
      await ground[Symbol.asyncDispose]();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

/** JSON is YAML, too. */
function configuration(ground: Ground, more: Settings): string {
  const targets = ground.targets.map(target => ({
    name: target.name,
    slots: target.slots,
    'live-url': target.url,
    identity: { path: '/', header: 'x-app-version' },
    ...ground.targetSettings(target),
  }));
  return JSON.stringify({ ...SHORT, ...ground.settings, targets, ...more });
}

function write(workspace: string, file: string, text: string): void {
  mkdirSync(dirname(join(workspace, file)), { recursive: true });
  writeFileSync(join(workspace, file), text);
}

interface Told {
  readonly phase?: string;
  readonly result?: string;
  readonly version?: string;
  readonly holder?: object | null;
}

/** What of the record is the same after every run that ends well. */
function told(ground: Ground): Told {
  const { phase, result, version, holder } = JSON.parse(ground.record() ?? '{}') as Told;
  return { phase, result, version, holder } as Told;
}

function added(targets: readonly string[], counts: readonly LoadCounts[]): Applause {
  const [first] = counts;
  if (!first) throw new Error('There is no load.');
  const sum = (count: (one: LoadCounts) => number) => counts.reduce((total, one) => total + count(one), 0);
  return {
    ...first,
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    errors: counts.flatMap(({ errors }) => errors),
    bySlot: Object.assign({}, ...counts.map(({ bySlot }) => bySlot)),
    byTarget: Object.fromEntries(counts.map((one, index) => [targets[index], one])),
  };
}
