/** Questions as a release asks them, and the tools to ask with, at a test's pace. */

import { approvalSchema } from '../../src/config/schema.js';
import { digestOf } from '../../src/gates/digest.js';
import type { Tools } from '../../src/gates/port.js';
import { githubSettings } from '../../src/lib/github/settings.js';
import { systemClock } from '../../src/lib/poll.js';
import type { Platform } from '../../src/platforms/port.js';
import { decisionOf, type Gate, type OpenQuestion, type Question } from '../../src/release/ask.js';
import type { Plan, Routing, TargetPlan } from '../../src/release/model.js';
import type { GithubServer } from './github-server.js';

function routing(slot: string): Routing {
  return { routes: [{ route: 'service/shop', slot, text: `cutover/slot=${slot}`, document: null }] };
}

export function targetPlan(over: Partial<TargetPlan> = {}): TargetPlan {
  return {
    target: 'shop',
    blue: 'shop-blue',
    green: 'shop-green',
    blueVersion: '1.4.2',
    version: '1.5.0',
    size: 3,
    previous: routing('shop-blue'),
    adopted: undefined,
    next: routing('shop-green'),
    stages: [],
    changes: [],
    rollbackCommand: undefined,
    ...over,
  };
}

/** When the release began. */
export const BEGAN = Date.UTC(2026, 10, 21);

export function planOf(over: Partial<Plan> = {}): Plan {
  return { release: 'shop', version: '1.5.0', targets: [targetPlan()], steps: [], ...over };
}

export function questionOf(over: Partial<Question> = {}): Question {
  const { plan = planOf(), gate = 'switch' as Gate } = over;
  const askedAt = Date.now();
  return {
    gate,
    plan,
    digest: digestOf(plan, gate, BEGAN),
    findings: [],
    checks: [],
    probes: [],
    askedAt,
    until: askedAt + 60_000,
    otherwise: 'keep-both',
    earlier: undefined,
    stale: undefined,
    ...over,
  };
}

export interface Told {
  readonly tools: Tools;
  readonly lines: string[];
}

export function toolsFor(
  github: GithubServer | undefined,
  approval: Readonly<Record<string, unknown>> = {},
  over: Partial<Tools> = {},
): Told {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  return {
    lines,
    tools: {
      approval: approvalSchema.parse({ by: 'issue', approvers: ['alice'], interval: '20ms', ...approval }),
      targets: [],
      platform: { id: 'model' } as Platform,
      clock: systemClock,
      run: { id: 'run-1', actor: 'carol', link: 'https://github.example/example/shop/actions/runs/1' },
      github: github && githubSettings(github.token, github.environment, over.clock ?? systemClock),
      event: { name: 'push', sha: undefined, pullRequest: undefined, fork: undefined },
      log: { info: line, warning: line, waiting: line },
      redact: text => text,
      ...over,
    },
  };
}

/** Waits for the decision as a release does. */
export const decided = (open: OpenQuestion, { approval, clock, log }: Tools, signal = soon()) =>
  decisionOf(open, { clock, interval: approval.interval, waiting: log.waiting }, signal);

/** Aborts by itself: no test waits for ever. */
export const soon = (ms = 5_000) => AbortSignal.timeout(ms);

/** Resolves once it is so; a test's own time limit ends the wait. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5));
}
