/** How long answers took, in words. */
import { formatDuration } from '../lib/units.js';
import type { ProbeEvidence, ProbeWindow } from '../release/model.js';

/** `12 ms → 14 ms`: before and after the switch. Where none was seen there is nothing to compare: `14 ms`. */
export function p95Text({ before, after }: Pick<ProbeEvidence, 'before' | 'after'>): string {
  return before ? `${latency(before)} → ${latency(after)}` : latency(after);
}

function latency({ p95Ms }: ProbeWindow): string {
  return p95Ms === undefined ? 'not known' : formatDuration(p95Ms);
}
