import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { runStep, type StepRun } from '../../src/rehearse/runner.js';
import { eventually } from '../cluster/support/eventually.js';
import { failuresOf, Load, type Sample } from '../cluster/support/load.js';
import { ask } from '../cluster/support/request.js';
import type { ApiRequest, Gateway } from './gateway.js';

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
  /** What else the step finds in its environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface LoadedRun {
  readonly run: Run;
  readonly samples: readonly Sample[];
}

/** How a request is known on the wire. */
export interface Passing {
  readonly method: string;
  readonly path: RegExp;
}

/** The writes of the story at which scenarios interfere: the first request of each that matches. */
export interface Writes {
  readonly claim: Passing;
  readonly deploy: Passing;
  /** Makes both slots live; the switch itself unless told. */
  readonly overlap?: Passing;
  readonly switch: Passing;
  readonly removal: Passing;
}

/** A place of its own on a platform with a shop, a workspace with its definition, and the bundle to run on them. */
export abstract class Stage implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly workspace = mkdtempSync(join(tmpdir(), 'cutover-contract-'));
  /** By which users reach the shop. */
  url = '';
  readonly blue: string = 'shop-blue';
  readonly green: string = 'shop-green';

  /** Whether users are always sent to both slots on the way from one to the other. */
  readonly overlaps: boolean = false;

  /** Whether one verb brings back a version whose release is over. */
  readonly goesBack: boolean = true;

  abstract readonly writes: Writes;

  constructor(gateway: Gateway) {
    this.gateway = gateway;
  }

  /** The slots that the platform has, whatever serves, sorted. */
  abstract slots(): Promise<readonly string[]>;

  /** The slots that the route selects now, as the control plane says, such as `shop-blue` or `shop-blue+shop-green`. */
  abstract selected(): Promise<string>;

  /** The route as the platform shows it, whole: it is compared. */
  abstract route(): Promise<unknown>;

  /** Which slots users could be sent to since the stage was opened, each selection once, in order. */
  abstract moments(): readonly string[];

  /** The text of the release's record. */
  abstract record(): Promise<string>;

  /** Whether a request changes anything on the platform. */
  abstract isWrite(request: ApiRequest): boolean;

  /** The inputs of a release of a version. */
  protected abstract inputs(version: string): Inputs;

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.workspace, file)), { recursive: true });
    writeFileSync(join(this.workspace, file), text);
  }

  /** Runs the action on the shop with version v2; these inputs over the usual ones, an empty one is not given. */
  async run(inputs: Inputs = {}, options: RunOptions = {}): Promise<Run> {
    const lines: string[] = [];
    const before = this.gateway.requests.length;
    const { signal = new AbortController().signal, stopBy = 'SIGINT', runId = '1', variables = {} } = options;
    const step = await runStep({
      bundle: BUNDLE,
      inputs: { ...this.inputs(inputs.version ?? 'v2'), ...inputs },
      workspace: this.workspace,
      environment: process.env,
      line: text => lines.push(text),
      signal,
      stopBy,
      runId,
      variables,
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
  async stopAt(stopBy: 'SIGINT' | 'SIGKILL', passing: Passing, inputs: Inputs = {}): Promise<Run> {
    const stop = new AbortController();
    let isReached = false;
    const after = async () => {
      isReached = true;
      stop.abort();
      // A killed process is gone before its answer could arrive.
      if (stopBy === 'SIGKILL') await new Promise(resolve => setTimeout(resolve, 200));
    };
    this.gateway.moments.push({ ...passing, after });
    const run = await this.run(inputs, { stopBy, signal: stop.signal });
    if (!isReached) throw new Error(`The run never asked for ${passing.method} ${passing.path}:\n${run.log}`);
    return run;
  }

  /** The slots that users are sent to, one after the other, with what lies between them on this platform. */
  way(...slots: readonly string[]): readonly string[] {
    const both = this.overlaps ? [`${this.blue}+${this.green}`] : [];
    return slots.flatMap((slot, index) => (index === 0 ? [slot] : [...both, slot]));
  }

  /** Says which slots users were sent to since the stage was opened; waits for the platform's last word. */
  async expectRouting(...moments: readonly string[]): Promise<void> {
    const wanted = this.way(...moments).join(' > ');
    await eventually(`the routing ${wanted}`, 5, async () => {
      const seen = this.moments().join(' > ');
      return seen === wanted ? { found: true } : { not: seen };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    rmSync(this.workspace, { recursive: true, force: true });
  }

  /** Waits until users get answers. */
  protected async answering(): Promise<void> {
    await eventually(`${this.url} to answer`, 20, async () => found((await ask(this.url, false, 500)).version));
  }
}

export function found<Seen>(seen: Seen | undefined): { found: Seen } | { not: unknown } {
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

/** The sentence that a person reads: the annotation that the step ends with. */
export function sentence({ log }: Run): string {
  return log.split('\n').findLast(line => line.startsWith('::error')) ?? '';
}
