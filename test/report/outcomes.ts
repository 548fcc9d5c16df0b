/** Outcomes as runs leave them, to make reports of. */
import type { Outcome, StepName, StepReport, TargetOutcome } from '../../src/release/model.js';

export const START = Date.UTC(2026, 10, 20, 20, 0, 0);

export function step(name: StepName, over: Partial<StepReport> = {}): StepReport {
  return { step: name, status: 'done', startedAt: START, durationMs: 1_200, detail: `${name} is done`, ...over };
}

export const shop: TargetOutcome = {
  target: 'shop',
  live: 'shop-green',
  liveVersion: 'v2',
  previous: 'shop-blue',
  previousVersion: 'v1',
  rollbackCommand: `kubectl -n shop patch service shop --type=json -p '[{"op":"replace"}]'`,
  switchedAt: START + 30_000,
};

export const succeeded: Outcome = {
  result: 'succeeded',
  verb: 'run',
  release: 'shop',
  version: 'v2',
  startedAt: START,
  durationMs: 80_000,
  targets: [shop],
  steps: [step('inspect', { durationMs: 40 }), step('claim'), step('switch', { detail: 'shop-blue -> shop-green' })],
  findings: [
    { severity: 'info', code: 'NOTE', target: 'shop', message: 'It is so.', remedy: 'Nothing is to do.' },
    { severity: 'warning', code: 'SMALL', target: 'shop', message: 'There is one pod.', remedy: 'Run two.' },
  ],
  changes: [{ verb: 'create', object: 'Deployment shop/shop-green', detail: 'replicas 0 -> 3' }],
  checks: [
    {
      name: 'health',
      kind: 'http',
      target: 'shop',
      step: 'verify',
      slot: 'shop-green',
      verdict: 'pass',
      reason: 'GET /healthz answered 200 in 4 ms.',
      attempts: 1,
      durationMs: 5,
    },
  ],
  evidence: {
    switches: [
      {
        target: 'shop',
        route: 'service/shop',
        from: 'cutover/slot=shop-blue',
        to: 'cutover/slot=shop-green',
        at: START + 30_000,
        answeredInMs: 12,
      },
    ],
    probes: [
      {
        url: 'https://shop.example',
        requests: 1_200,
        failed: 0,
        answers: { v1: 400, v2: 800 },
        firstGreenMs: 90,
        lastBlueMs: 110,
        lastBlueKeptMs: 400,
        fullGreenMs: 450,
        switchedAt: START + 30_000,
        before: { requests: 400, failed: 0, p95Ms: 12 },
        after: { requests: 800, failed: 0, p95Ms: 14 },
        errors: [],
        spans: [
          { at: START + 29_000, ms: 1_000, answers: { v1: 20 }, errors: {}, p95Ms: 12 },
          { at: START + 30_000, ms: 1_000, answers: { v1: 2, v2: 18 }, errors: {}, p95Ms: 14 },
          { at: START + 31_000, ms: 1_000, answers: { v2: 20 }, errors: {}, p95Ms: 13 },
        ],
      },
    ],
  },
  approvals: [
    {
      gate: 'switch',
      decision: 'approved',
      by: ['octocat'],
      at: START + 20_000,
      askedAt: START + 5_000,
      how: 'issue #12',
      link: 'https://github.example/example/shop/issues/12',
    },
  ],
  failures: [],
  notes: [],
};

export const rolledBack: Outcome = {
  ...succeeded,
  result: 'rolled-back',
  targets: [{ ...shop, live: 'shop-blue', liveVersion: 'v1', rollbackCommand: undefined }],
  steps: [...succeeded.steps, step('bake', { status: 'failed', detail: '1 of 2 checks did not pass' })],
  checks: [
    ...succeeded.checks,
    {
      name: 'users | get answers',
      kind: 'http',
      target: 'shop',
      step: 'bake',
      slot: undefined,
      verdict: 'fail',
      reason: 'GET /: expected status 200, got 500.',
      attempts: 3,
      durationMs: 2_400,
    },
  ],
  evidence: {
    switches: [
      ...succeeded.evidence.switches,
      {
        target: 'shop',
        route: 'service/shop',
        from: 'cutover/slot=shop-green',
        to: 'cutover/slot=shop-blue',
        at: START + 45_000,
        answeredInMs: 9,
      },
    ],
    probes: [
      {
        url: 'https://shop.example',
        requests: 900,
        failed: 3,
        answers: { v1: 890, other: 7 },
        firstGreenMs: undefined,
        lastBlueMs: undefined,
        lastBlueKeptMs: undefined,
        fullGreenMs: undefined,
        switchedAt: START + 30_000,
        before: { requests: 400, failed: 0, p95Ms: 12 },
        after: { requests: 500, failed: 3, p95Ms: undefined },
        errors: ['status 500', 'the connection was reset'],
        spans: [
          { at: START + 29_000, ms: 1_000, answers: { v1: 20 }, errors: {}, p95Ms: 12 },
          {
            at: START + 30_000,
            ms: 1_000,
            answers: { v1: 17, other: 1 },
            errors: { 'status 500': 1, ECONNRESET: 2 },
            p95Ms: 20,
          },
        ],
      },
    ],
  },
  failures: [
    {
      code: 'CHECKS_FAILED',
      step: 'bake',
      message: '1 of 2 checks did not pass during bake: users get answers: expected status 200, got 500.',
      hint: 'The table of checks says what each expected and what came.',
      details: ['panic: nil pointer', '```', '<b>goroutine 1</b>'],
    },
  ],
  notes: ['The previous routing is back: shop serves from shop-blue.'],
};

/** A run whose configuration was never good enough to begin. */
export const invalid: Outcome = {
  ...succeeded,
  result: 'invalid',
  release: '',
  version: '',
  targets: [],
  steps: [],
  findings: [],
  changes: [],
  checks: [],
  evidence: { switches: [], probes: [] },
  approvals: [],
  failures: [
    {
      code: 'INVALID_CONFIGURATION',
      step: undefined,
      message: 'The configuration has 2 mistakes:\n  - Input bake is "5".\n  - Input bleu is unknown.',
      hint: 'Nothing was contacted or written.',
      details: [],
    },
  ],
};
