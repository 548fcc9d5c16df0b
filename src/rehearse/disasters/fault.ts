/** Disasters that a rehearsal can bring about, and how a person names one: `<kind>@<step>[.before|.after]`. */
import { failure } from '../../failures.js';
import { STEP_NAMES, type StepName } from '../../release/model.js';

export const FAULT_KINDS = [
  'kill',
  'cancel',
  'api-500',
  'api-timeout',
  'lost-answer',
  'slow',
  'conflict',
  'partition',
  'instance-death',
  'token-expiry',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultAt {
  readonly kind: FaultKind;
  readonly step: StepName;
  /** Before the first request of the step takes effect, or after its first write did. */
  readonly when: 'before' | 'after';
}

/** `kill@switch.after` -> a fault. @throws INVALID_CONFIGURATION that names what there is. */
export function parseFault(text: string): FaultAt {
  const [, kindText, stepText, when = 'before'] = /^([^@]+)@([^.]+)(?:\.(before|after))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find(known => known === kindText);
  const step = STEP_NAMES.find(known => known === stepText);
  if (kind && step) return { kind, step, when: when === 'after' ? 'after' : 'before' };
  const problem = `--fault must be KIND@STEP, KIND@STEP.before or KIND@STEP.after; it is "${text}". Kinds: ${FAULT_KINDS.join(', ')}. Steps: ${STEP_NAMES.join(', ')}.`;
  throw failure('INVALID_CONFIGURATION', { problems: [problem] });
}

export function faultText({ kind, step, when }: FaultAt): string {
  return `${kind}@${step}.${when}`;
}
