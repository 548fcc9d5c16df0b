/** result.json: the outcome for programs. */
import { EXIT_CODES } from '../failures.js';
import type { CheckReport, Outcome } from '../release/model.js';
import type { ResultDocument } from './result-schema.js';

/** Everything that the outcome holds; what is not known is null rather than missing. */
export function resultJson(outcome: Outcome): ResultDocument {
  const { targets, evidence, result, verb, release, version, startedAt, durationMs } = outcome;
  const [first] = targets;
  const switched = targets.flatMap(target => target.switchedAt ?? []);
  const commands = targets.flatMap(target => target.rollbackCommand ?? []);
  return {
    format: 1,
    result,
    exitCode: EXIT_CODES[result],
    verb,
    release,
    version,
    live: first?.live ?? null,
    previous: first?.previous ?? null,
    switchedAt: switched.length > 0 ? Math.max(...switched) : null,
    startedAt,
    durationMs,
    rollbackCommand: commands.length > 0 ? commands.join(' && ') : null,
    targets: targets.map(target => ({
      target: target.target,
      live: target.live ?? null,
      liveVersion: target.liveVersion ?? null,
      previous: target.previous ?? null,
      previousVersion: target.previousVersion ?? null,
      rollbackCommand: target.rollbackCommand ?? null,
      switchedAt: target.switchedAt ?? null,
    })),
    steps: outcome.steps.map(step => ({ ...step })),
    checks: outcome.checks.map(checkJson),
    findings: outcome.findings.map(finding => ({ ...finding })),
    changes: outcome.changes.map(change => ({ ...change })),
    evidence: evidenceJson(evidence),
    next: outcome.next ?? null,
    approvals: outcome.approvals.map(approval => ({ ...approval, by: [...approval.by], link: approval.link ?? null })),
    failures: outcome.failures.map(failed => ({
      ...failed,
      step: failed.step ?? null,
      details: [...failed.details],
    })),
    notes: [...outcome.notes],
  };
}

function checkJson(check: CheckReport): ResultDocument['checks'][number] {
  const { slot = null, tolerated = false, holds = false, cases = [] } = check;
  return { ...check, slot, tolerated, holds, cases: cases.map(test => ({ ...test })) };
}

function evidenceJson({ switches, probes, held = [] }: Outcome['evidence']): ResultDocument['evidence'] {
  return {
    requests: probes.reduce((sum, probe) => sum + probe.requests, 0),
    failed: probes.reduce((sum, probe) => sum + probe.failed, 0),
    held: held.map(one => ({ ...one, operations: one.operations ?? null })),
    switches: switches.map(write => ({ ...write })),
    probes: probes.map(probe => ({
      ...probe,
      answers: { ...probe.answers },
      switchedAt: probe.switchedAt ?? null,
      before: probe.before ? { ...probe.before, p95Ms: probe.before.p95Ms ?? null } : null,
      after: { ...probe.after, p95Ms: probe.after.p95Ms ?? null },
      firstGreenMs: probe.firstGreenMs ?? null,
      lastBlueMs: probe.lastBlueMs ?? null,
      lastBlueKeptMs: probe.lastBlueKeptMs ?? null,
      fullGreenMs: probe.fullGreenMs ?? null,
      errors: [...probe.errors],
      spans: probe.spans.map(span => ({ ...span, p95Ms: span.p95Ms ?? null })),
    })),
  };
}

/** Without the seconds of the probes: outputs and messages have limits, and whoever reads them asks for the sums. */
export function resultInShort(outcome: Outcome) {
  const whole = resultJson(outcome);
  const probes = whole.evidence.probes.map(({ spans: _, ...sums }) => sums);
  return { ...whole, evidence: { ...whole.evidence, probes } };
}
