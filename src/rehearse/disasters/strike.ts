/** Brings a fault about, from the server's side: the release that it befalls knows nothing of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedKubernetes, FaultAnswer, LoggedRequest } from '../../embedded/kubernetes/index.js';
import type { FaultAt, FaultStep } from './fault.js';

/** The release's process, as far as a fault needs it. */
export interface Victim {
  /** The step that its log has named last. */
  step(): string;
  kill(signal: 'SIGKILL' | 'SIGINT'): void;
}

export interface Strike {
  /** Whether it came to pass: a step that makes no such request cannot be struck at it. */
  struck(): boolean;
  /** Ends what lasts, such as an expired token: for the run that follows. */
  end(): void;
}

/** How long troubles of the network and of the API last. */
const LASTS_MS = 2_000;
const SLOW_MS = 400;
/** The line that names a step is read before the first request of the step is looked at. */
const LINE_FIRST_MS = 3;
/** Steps whose only writes are those of the record. */
const RECORD_STEPS: readonly string[] = ['claim', 'bake', 'close'] satisfies readonly FaultStep[];

export function prepare(platform: EmbeddedKubernetes, fault: FaultAt, victim: Victim): Strike {
  let over = false;
  let struckAt: number | undefined;
  const lasting = () => struckAt !== undefined && performance.now() - struckAt < LASTS_MS;
  const begin = () => {
    struckAt = performance.now();
    if (fault.kind === 'kill') victim.kill('SIGKILL');
    if (fault.kind === 'cancel') victim.kill('SIGINT');
    if (fault.kind === 'instance-death') killOne(platform, victim);
  };
  platform.interception.onRequest = async request => {
    if (over) return undefined;
    await sleep(LINE_FIRST_MS);
    const first = struckAt === undefined && fault.when === 'before' && concerns(request, fault, victim);
    if (first) begin();
    if (struckAt === undefined) return undefined;
    // As a gateway does that waits for an API server in vain.
    if (fault.kind === 'api-timeout' && lasting()) await sleep(SLOW_MS);
    return answerOf(fault, first, lasting());
  };
  platform.interception.beforeAnswer = request => {
    if (over || struckAt !== undefined || fault.when !== 'after') return;
    if (concerns(request, fault, victim)) begin();
  };
  return {
    struck: () => struckAt !== undefined,
    end: () => {
      over = true;
    },
  };
}

/** Whether this is the request of the step that the fault is about. */
function concerns(request: LoggedRequest, { kind, step, when }: FaultAt, victim: Victim): boolean {
  if (victim.step() !== step) return false;
  const needsWrite = kind === 'lost-answer' || kind === 'conflict' || (when === 'after' && WRITING.includes(step));
  if (!needsWrite) return true;
  return request.mutating && (RECORD_STEPS.includes(step) || !isRecord(request));
}

const WRITING: readonly string[] = [
  'claim',
  'deploy',
  'switch',
  'bake',
  'teardown',
  'close',
] satisfies readonly FaultStep[];

function isRecord({ path }: LoggedRequest): boolean {
  return /\/configmaps\/cutover-/.test(path);
}

/** What becomes of a request once the fault has struck; `first` is the one that it struck. */
function answerOf({ kind }: FaultAt, first: boolean, lasting: boolean): FaultAnswer | undefined {
  switch (kind) {
    case 'kill':
      return first ? 'reset' : undefined;
    case 'lost-answer':
      return first ? 'lose-answer' : undefined;
    case 'conflict':
      return first ? status(409, 'Conflict') : undefined;
    case 'api-500':
      return lasting ? status(500, 'InternalError') : undefined;
    case 'api-timeout':
      return lasting ? status(504, 'Timeout') : undefined;
    case 'partition':
      return lasting ? 'reset' : undefined;
    case 'slow':
      return { delayMs: SLOW_MS };
    case 'token-expiry':
      return status(401, 'Unauthorized');
    default:
      return undefined;
  }
}

function status(code: number, reason: string): FaultAnswer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: 'rehearsed', code },
  };
}

/** An instance dies: before the switch one of green, and afterwards one of what users talk to. */
function killOne(platform: EmbeddedKubernetes, victim: Victim): void {
  const pods = platform.objects('pods');
  const green = pods.at(-1);
  const target = victim.step() === 'teardown' || victim.step() === 'close' ? pods[0] : green;
  if (!target) return;
  const { namespace = 'default', labels = {} } = target.metadata;
  platform.instances(namespace, labels)[0]?.kill();
}
