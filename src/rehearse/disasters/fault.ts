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

const WHAT_THERE_IS = `Kinds: ${FAULT_KINDS.join(', ')}. Steps: ${STEP_NAMES.join(', ')}.`;

/** `kill@switch.after` -> a fault. @throws INVALID_CONFIGURATION that names what there is. */
export function parseFault(text: string): FaultAt {
  const [, kindText, stepText, when = 'before'] = /^([^@]+)@([^.]+)(?:\.(before|after))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find(known => known === kindText);
  const step = STEP_NAMES.find(known => known === stepText);
  if (kind && step) return { kind, step, when: when === 'after' ? 'after' : 'before' };
  const problem = `--fault must be KIND@STEP, KIND@STEP.before or KIND@STEP.after; it is "${text}". ${WHAT_THERE_IS}`;
  throw failure('INVALID_CONFIGURATION', { problems: [problem] });
}

/** Which of all faults to try: those of these kinds or steps; all of them when it names none. */
export type Choice = readonly (FaultKind | StepName)[];

/** `switch,conflict` -> a choice. @throws INVALID_CONFIGURATION that names what there is. */
export function parseChoice(text: string): Choice {
  const known: Choice = [...FAULT_KINDS, ...STEP_NAMES];
  return text
    .split(',')
    .filter(word => word !== '')
    .map(word => {
      const found = known.find(one => one === word);
      if (found) return found;
      const problem = `--all-faults may be narrowed to kinds and steps, such as --all-faults=conflict,switch; it names "${word}". ${WHAT_THERE_IS}`;
      throw failure('INVALID_CONFIGURATION', { problems: [problem] });
    });
}

/** Whether a choice has a fault among it. */
export function isChosen({ kind, step }: FaultAt, choice: Choice): boolean {
  return choice.length === 0 || choice.includes(kind) || choice.includes(step);
}

export function faultText({ kind, step, when }: FaultAt): string {
  return `${kind}@${step}.${when}`;
}
