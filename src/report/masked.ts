/** An outcome without secrets (P12), before any report is made of it: so no report's own form can hide or break one. */
import type { Outcome } from '../release/model.js';

/** Fields that hold words of ours, by which reports look things up: no secret is in them. */
const OWN_WORDS = new Set(['result', 'verb', 'status', 'severity', 'verdict', 'step', 'gate', 'decision', 'next']);
/** Fields whose keys are texts of services. */
const KEYED_BY_TEXT = new Set(['answers', 'errors']);

export function masked(outcome: Outcome, redact: (text: string) => string): Outcome {
  return withoutSecrets(outcome, redact, '') as Outcome;
}

function withoutSecrets(value: unknown, redact: (text: string) => string, field: string): unknown {
  if (typeof value === 'string') return OWN_WORDS.has(field) ? value : redact(value);
  if (Array.isArray(value)) return value.map(item => withoutSecrets(item, redact, field));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, item]) => [
    KEYED_BY_TEXT.has(field) ? redact(key) : key,
    withoutSecrets(item, redact, key),
  ]);
  return Object.fromEntries(entries);
}
