/** What a release asks of the platform when nothing befalls it: the places where something could. */
import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_NAMES, type StepName } from '../../release/model.js';
import type { Stage } from '../stage.js';
import { FAULT_KINDS, type FaultAt, type FaultKind } from './fault.js';
import { concernsRecordAlone, LINE_FIRST_MS, type Strike, type Victim } from './strike.js';

/** The steps that asked the platform for anything, and those of them that wrote something. */
export interface Survey {
  readonly asking: ReadonlySet<StepName>;
  readonly writing: ReadonlySet<StepName>;
}

/** Watches a release and changes nothing. */
export function survey(stage: Stage, victim: Victim): Strike & { readonly survey: Survey } {
  const asking = new Set<StepName>();
  const writing = new Set<StepName>();
  let over = false;
  stage.intercept({
    onRequest: async request => {
      await sleep(LINE_FIRST_MS);
      const step = STEP_NAMES.find(name => name === victim.step());
      if (over || !step) return undefined;
      asking.add(step);
      if (request.mutating && (concernsRecordAlone(step) || !stage.isRecord(request))) writing.add(step);
      return undefined;
    },
  });
  const end = () => {
    over = true;
  };
  return { struck: () => undefined, end, survey: { asking, writing } };
}

/** Faults that only a write can have. */
const OF_WRITES: readonly FaultKind[] = ['lost-answer', 'conflict'];
/** Faults that matter on both sides of what they befall. */
const ON_BOTH_SIDES: readonly FaultKind[] = ['kill', 'cancel'];

/** Every kind at every step that it can befall, in the order of kinds and of the story. */
export function faultsOf({ asking, writing }: Survey): readonly FaultAt[] {
  return FAULT_KINDS.flatMap(kind =>
    STEP_NAMES.filter(step => (OF_WRITES.includes(kind) ? writing : asking).has(step)).flatMap(step => {
      const sides = ON_BOTH_SIDES.includes(kind) ? (['before', 'after'] as const) : (['before'] as const);
      return sides.map(when => ({ kind, step, when }));
    }),
  );
}
