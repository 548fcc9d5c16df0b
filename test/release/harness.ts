import type { ask } from '../../src/checks/ask.js';
import { startProbe } from '../../src/checks/probe.js';
import { configSchema } from '../../src/config/schema.js';
import { failure } from '../../src/failures.js';
import { digestOf } from '../../src/gates/digest.js';
import type { Decision, Gates, Question } from '../../src/release/ask.js';
import { lastMoment } from '../../src/release/deadline.js';
import type { CheckReport, Outcome, ProbeCount, ProbeEvidence, Verb } from '../../src/release/model.js';
import type { Session } from '../../src/release/session.js';
import type { CheckRequest, Pending } from '../../src/release/walk.js';
import { run } from '../../src/run.js';
import type { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

export interface Wish {
  readonly version: string;
  readonly verb?: Verb;
  readonly targets?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What a check says, by step; pass unless told otherwise. */
  readonly verdicts?: Readonly<Record<string, 'pass' | 'fail' | 'unknown'>>;
  readonly clock?: VirtualClock;
  readonly id?: string;
  readonly cancel?: AbortController;
  /** Whether an unknown verdict is no reason to stop. */
  readonly tolerant?: boolean;
  /** Whether a person is to look at an unknown verdict. */
  readonly holds?: boolean;
  /** What blue says of its work, each time it is asked. */
  readonly pending?: () => readonly Pending[];
  /** Whether there is nowhere to put a question, for as long as it is tried. */
  readonly unaskable?: boolean;
  /** Told every warning. */
  readonly warn?: (text: string) => void;
  /** What people say at a gate: nothing unless told, and then they are waited for. */
  readonly answer?: (question: Question, signal: AbortSignal) => Promise<Decision>;
  /** What the probe of the live URL sees, where it differs from a smooth release. */
  readonly probe?: Partial<ProbeEvidence> | (() => Partial<ProbeEvidence>);
  /** What of that is recent: all since the switch unless told. */
  readonly recent?: () => ProbeCount;
  /** How the live URL answers the real probe, which takes the place of what `probe` says. */
  readonly ask?: typeof ask;
  /** How long the checks of a step take; no time unless told. */
  readonly checkTakes?: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>;
}

const CHECK = { name: 'health', http: { path: '/' } };

export function configOf({ version, verb = 'run', targets = ['shop'], settings = {} }: Wish) {
  return configSchema.parse({
    version,
    verb,
    settle: '1s',
    verify: [CHECK],
    bake: { for: '30s', checks: [CHECK] },
    targets: targets.map(name => ({
      name,
      slots: { blue: `${name}-blue`, green: `${name}-green` },
      routes: [`model/${name}`],
      manifest: 'none',
      'live-url': `http://${name}.test`,
    })),
    ...settings,
  });
}

/** Runs a verb on the model; a crash of the model ends it with undefined. */
export async function runOn(platform: ModelPlatform, wish: Wish): Promise<Outcome | undefined> {
  const crashed = new Promise<undefined>(resolve => {
    platform.onCrash = () => resolve(undefined);
  });
  return Promise.race([run(sessionOn(platform.connect(), wish), () => undefined), crashed]);
}

/** A run whose process may stand still: `ended` comes long after somebody has called `resume`. */
export interface StoppedRun {
  readonly resume: () => void;
  readonly ended: Promise<Outcome>;
}

/** Runs until the model stops the process; undefined if it ran to its end before. */
export async function runUntilPause(platform: ModelPlatform, wish: Wish): Promise<StoppedRun | undefined> {
  const connection = platform.connect();
  const paused = new Promise<'paused'>(resolve => {
    platform.onPause = () => resolve('paused');
  });
  const ended = run(sessionOn(connection, wish), () => undefined);
  if ((await Promise.race([ended, paused])) !== 'paused') return undefined;
  return { ended, resume: () => connection.resume?.() };
}

export function cancelled(): Error {
  return failure('CANCELLED', { what: 'the test was at work' });
}

let runs = 0;

function sessionOn(platform: ModelPlatform, wish: Wish): Session {
  const silent = () => undefined;
  const clock = wish.clock ?? new VirtualClock();
  const cancel = (wish.cancel ?? new AbortController()).signal;
  const probe = () => ({
    url: 'http://shop.test',
    requests: 20,
    failed: 0,
    switchedAt: undefined,
    before: { requests: 10, failed: 0, p95Ms: 10 },
    after: { requests: 10, failed: 0, p95Ms: 10 },
    answers: { 1: 10, 2: 10 },
    firstGreenMs: 1,
    lastBlueMs: 1,
    lastBlueKeptMs: 1,
    fullGreenMs: 1,
    errors: [],
    spans: [],
    ...(typeof wish.probe === 'function' ? wish.probe() : wish.probe),
  });
  return {
    config: configOf(wish),
    identity: { id: wish.id ?? `run-${++runs}`, actor: 'alice', link: undefined },
    redact: text => text,
    cancel,
    ports: {
      platform,
      clock,
      last: lastMoment(clock, cancel),
      log: { debug: silent, info: silent, warning: wish.warn ?? silent, waiting: silent, group: () => silent },
      check: async (request, signal) => {
        await wish.checkTakes?.[request.step]?.(signal);
        return [reportOf(request, wish)];
      },
      gates: gatesOf(wish, clock),
      pending: async () => wish.pending?.() ?? [],
      probe: async (_target, url, watched, signal) => {
        if (wish.ask) return startProbe({ url, identity: undefined, ...watched, clock, ask: wish.ask }, signal);
        const recent = () => wish.recent?.() ?? probe().after;
        return { mark: silent, seen: probe, recent, finish: async () => undefined, stop: async () => probe() };
      },
    },
  };
}

/** People who answer what the wish says, on `issue #1`. */
function gatesOf({ answer, unaskable }: Wish, clock: VirtualClock): Gates {
  const forever = 10 * 365 * 24 * 3_600_000;
  return {
    digest: digestOf,
    open: async (question, signal) => {
      if (unaskable) await clock.sleep(forever, signal);
      return {
        reference: question.earlier?.reference ?? 'issue/1',
        how: 'issue #1',
        link: 'https://github.test/issues/1',
        invitation: 'Somebody is asked.',
        look: async signal => {
          if (answer) return answer(question, signal);
          await clock.sleep(forever, signal);
          throw new Error('nobody waits for ten years');
        },
        close: async () => undefined,
      };
    },
  };
}

function reportOf(
  { step, target, slot }: CheckRequest,
  { verdicts = {}, tolerant = false, holds = false }: Wish,
): CheckReport {
  const verdict = verdicts[step] ?? 'pass';
  return {
    name: 'health',
    kind: 'http',
    target: target.name,
    step,
    slot,
    verdict,
    reason: `it is ${verdict}`,
    attempts: 1,
    durationMs: 1,
    tolerated: verdict === 'unknown' && tolerant,
    holds: verdict === 'unknown' && holds,
  };
}
