/** Brings a fault about, from the server's side: the release that it befalls knows nothing of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StepName } from '../../release/model.js';
import { VERSION_BEFORE } from '../opening.js';
import type { Stage, StageFault, StageRequest } from '../stage.js';
import type { FaultAt } from './fault.js';

/** The release's process, as far as a fault needs it. */
export interface Victim {
  /** The step that its log has named last. */
  step(): string;
  /** What it releases. */
  readonly version: string;
  kill(signal: 'SIGKILL' | 'SIGINT'): void;
}

export interface Strike {
  /** When it came to pass, as `performance.now()` says; a step that makes no such request cannot be struck at it. */
  struck(): number | undefined;
  /** Ends what lasts, such as an expired token: for the run that follows. */
  end(): void;
}

/** How long troubles of the network and of the API last. */
const LASTS_MS = 2_000;
const SLOW_MS = 400;
/** The line that names a step is read before the first request of the step is looked at. */
export const LINE_FIRST_MS = 3;
/** Steps whose only writes are those of the record. */
const RECORD_STEPS: readonly string[] = ['claim', 'bake', 'drain', 'close'] satisfies readonly StepName[];

export function concernsRecordAlone(step: string): boolean {
  return RECORD_STEPS.includes(step);
}

export function prepare(stage: Stage, fault: FaultAt, victim: Victim): Strike {
  let over = false;
  let struckAt: number | undefined;
  const lasting = () => struckAt !== undefined && performance.now() - struckAt < LASTS_MS;
  const begin = () => {
    struckAt = performance.now();
    if (fault.kind === 'kill') victim.kill('SIGKILL');
    if (fault.kind === 'cancel') victim.kill('SIGINT');
    if (fault.kind === 'instance-death') killOne(stage, victim);
  };
  const isStruck = (request: StageRequest) => concerns(request, stage.isRecord(request), fault, victim);
  stage.intercept({
    onRequest: async request => {
      if (over) return undefined;
      await sleep(LINE_FIRST_MS);
      const first = struckAt === undefined && fault.when === 'before' && isStruck(request);
      if (first) begin();
      if (struckAt === undefined) return undefined;
      // As a gateway does that waits for an API server in vain.
      if (fault.kind === 'api-timeout' && lasting()) await sleep(SLOW_MS);
      return answerOf(stage, fault, first, lasting());
    },
    beforeAnswer: request => {
      if (over || struckAt !== undefined || fault.when !== 'after') return;
      if (isStruck(request)) begin();
    },
  });
  return {
    struck: () => struckAt,
    end: () => {
      over = true;
    },
  };
}

/** Whether this is the request of the step that the fault is about. */
function concerns(request: StageRequest, isRecord: boolean, { kind, step, when }: FaultAt, victim: Victim): boolean {
  if (victim.step() !== step) return false;
  const needsWrite = kind === 'lost-answer' || kind === 'conflict' || (when === 'after' && WRITING.includes(step));
  if (!needsWrite) return true;
  return request.mutating && (concernsRecordAlone(step) || !isRecord);
}

const WRITING: readonly string[] = [
  'claim',
  'deploy',
  'switch',
  'bake',
  'drain',
  'teardown',
  'close',
] satisfies readonly StepName[];

/** What becomes of a request once the fault has struck; `first` is the one that it struck. */
function answerOf(stage: Stage, { kind }: FaultAt, first: boolean, lasting: boolean): StageFault | undefined {
  switch (kind) {
    case 'kill':
      return first ? 'reset' : undefined;
    case 'lost-answer':
      return first ? 'lose-answer' : undefined;
    case 'conflict':
      return first ? stage.refusal(409) : undefined;
    case 'api-500':
      return lasting ? stage.refusal(500) : undefined;
    case 'api-timeout':
      return lasting ? stage.refusal(504) : undefined;
    case 'partition':
      return lasting ? 'reset' : undefined;
    case 'slow':
      return { delayMs: SLOW_MS };
    case 'token-expiry':
      return stage.refusal(401);
    default:
      return undefined;
  }
}

/** An instance of green dies, where there is one; before the deployment one of blue. */
function killOne(stage: Stage, { version }: Victim): void {
  const [instance] = [...stage.instances(version), ...stage.instances(VERSION_BEFORE)];
  instance?.kill();
}
