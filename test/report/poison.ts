/** Outcomes that mean harm: dangerous text wherever an outcome can hold one, and far too much of everything. */
import type { CheckReport, Outcome } from '../../src/release/model.js';
import { rolledBack, shop } from './outcomes.js';

/** Says the same dangerous text wherever an outcome can hold one. */
export function poisoned(text: string): Outcome {
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map(poison);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, poison(each)]));
  };
  const fixed = { result: rolledBack.result, verb: rolledBack.verb };
  const { steps, checks, findings, changes, approvals } = rolledBack;
  const said = poison({ ...rolledBack, targets: [shop] }) as Outcome;
  const probes = said.evidence.probes.map(probe => ({
    ...probe,
    answers: { [text]: 890 },
    spans: probe.spans.map(span => ({ ...span, answers: { [text]: 20 }, errors: { [text]: 2 } })),
  }));
  return {
    ...said,
    ...fixed,
    evidence: { ...said.evidence, probes },
    steps: steps.map(each => ({ ...each, detail: text })),
    checks: checks.map(each => ({ ...(poison(each) as CheckReport), verdict: each.verdict, step: each.step })),
    findings: findings.map(each => ({ ...(poison(each) as typeof each), severity: each.severity })),
    approvals: approvals.map(each => ({ ...each, by: [text], how: text, link: text })),
    changes: changes.map(each => ({ ...each, object: text, detail: text })),
    failures: [{ code: text, step: 'bake', message: text, hint: text, details: [text, text] }],
  };
}

/** Long texts, and 500 times as many of everything as anybody has. */
export function longest(): Outcome {
  const huge = poisoned('@<|🟢'.repeat(10_000));
  const many = <T>(items: readonly T[]): T[] => Array.from({ length: 500 }, () => items).flat();
  return {
    ...huge,
    targets: many(huge.targets),
    steps: many(huge.steps),
    checks: many(huge.checks),
    findings: many(huge.findings),
    changes: many(huge.changes),
    failures: many(huge.failures),
    notes: many(huge.notes),
    approvals: many(huge.approvals),
    evidence: { switches: many(huge.evidence.switches), probes: many(huge.evidence.probes) },
  };
}
