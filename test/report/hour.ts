/** An hour of a probe: as many spans as there can be, with three versions, errors of several kinds and rising latency. */
import type { Outcome, ProbeSpan } from '../../src/release/model.js';
import { rolledBack, START } from './outcomes.js';

const SPANS = 300;
const SPAN_MS = 12_000;
const SWITCH_AT = 60;

export function hourLong(): Outcome {
  const spans = Array.from({ length: SPANS }, (_, index) => spanOf(index));
  const [probe] = rolledBack.evidence.probes;
  if (!probe) throw new Error('the outcome has no probe');
  const switchedAt = START + SWITCH_AT * SPAN_MS;
  const answers = { v1: 20_000, v2: 50_000, other: 2_000 };
  const switches = rolledBack.evidence.switches.map((write, index) => ({
    ...write,
    at: switchedAt + index * 200 * SPAN_MS,
  }));
  return {
    ...rolledBack,
    durationMs: SPANS * SPAN_MS,
    steps: rolledBack.steps.map((step, index) => ({
      ...step,
      startedAt: START + index * 700_000,
      durationMs: 690_000,
    })),
    evidence: { switches, probes: [{ ...probe, requests: 72_000, failed: 900, answers, switchedAt, spans }] },
  };
}

function spanOf(index: number): ProbeSpan {
  const isBlue = index < SWITCH_AT || index > 260;
  const isIll = index > 200 && index < 262;
  return {
    at: START + index * SPAN_MS,
    ms: SPAN_MS,
    answers: isBlue ? { v1: 236 + (index % 5), other: 3 } : { v2: isIll ? 180 - (index % 9) : 238, other: 2 },
    errors: isIll ? { 'status 503': 40 + (index % 11), ECONNRESET: index % 7 } : {},
    p95Ms: isIll ? 300 + (index % 17) * 20 : 12 + (index % 4),
  };
}
