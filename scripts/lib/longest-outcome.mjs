/** An outcome with more of everything than anybody has: 500 rows of each kind, long texts, and an hour under a probe. */

const ROWS = 500;
const SPANS = 300;
const SPAN_MS = 12_000;
const PROBES = 8;
const START = Date.UTC(2026, 0, 1);
/** What reports have to make inert, over and over. */
const TEXT = 'expected <status> 200 | got `503` from @shop & "others" '.repeat(40);

const many = make => Array.from({ length: ROWS }, (_, index) => make(index));

export function longestOutcome() {
  return {
    result: 'rolled-back',
    verb: 'run',
    release: 'shop',
    version: 'v2',
    startedAt: START,
    durationMs: SPANS * SPAN_MS,
    targets: many(index => ({
      target: `shop-${index}`,
      live: 'shop-blue',
      liveVersion: 'v1',
      previous: 'shop-blue',
      previousVersion: 'v1',
      rollbackCommand: TEXT,
      switchedAt: START + 720_000,
    })),
    steps: many(index => ({
      step: 'bake',
      status: 'failed',
      startedAt: START + index * 7_000,
      durationMs: 7_000,
      detail: TEXT,
    })),
    findings: many(() => ({ severity: 'warning', code: 'SMALL', target: 'shop', message: TEXT, remedy: TEXT })),
    changes: many(index => ({ verb: 'delete', object: `Deployment shop/shop-${index}`, detail: TEXT })),
    checks: many(index => ({
      name: `check ${index}`,
      kind: 'http',
      target: 'shop',
      step: 'bake',
      slot: undefined,
      verdict: 'fail',
      reason: TEXT,
      attempts: 3,
      durationMs: 2_400,
    })),
    evidence: { switches: many(switchOf), probes: Array.from({ length: PROBES }, probe) },
    approvals: many(() => ({
      gate: 'switch',
      decision: 'approved',
      by: ['octocat'],
      at: START + 60_000,
      askedAt: START,
      how: 'issue #12',
      link: 'https://github.example/example/shop/issues/12',
    })),
    failures: many(() => ({ code: 'CHECKS_FAILED', step: 'bake', message: TEXT, hint: TEXT, details: [TEXT] })),
    notes: many(() => TEXT),
  };
}

function switchOf(index) {
  const [from, to] = index % 2 === 0 ? ['slot=shop-blue', 'slot=shop-green'] : ['slot=shop-green', 'slot=shop-blue'];
  return { target: 'shop', route: 'service/shop', from, to, at: START + 720_000 + index, answeredInMs: 12 };
}

function probe() {
  return {
    url: 'https://shop.example',
    requests: 72_000,
    failed: 900,
    switchedAt: START + 720_000,
    before: { requests: 1_200, failed: 0, p95Ms: 12 },
    after: { requests: 70_800, failed: 900, p95Ms: 14 },
    answers: { v1: 20_000, v2: 50_000, other: 2_000 },
    firstGreenMs: 90,
    lastBlueMs: 110,
    lastBlueKeptMs: 400,
    fullGreenMs: 450,
    errors: ['status 503', 'the connection was reset (ECONNRESET)'],
    spans: Array.from({ length: SPANS }, (_, index) => ({
      at: START + index * SPAN_MS,
      ms: SPAN_MS,
      answers: { v1: index % 240, v2: 240 - (index % 240), other: 3 },
      errors: { 'status 503': index % 11, ECONNRESET: index % 7 },
      p95Ms: 12 + (index % 90),
    })),
  };
}
