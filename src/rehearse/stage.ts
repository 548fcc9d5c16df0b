/**
 * The port between a rehearsal and an embedded platform: all that `rehearse` needs to know of one.
 *
 * How another platform is plugged in: write `stages/<platform>.ts` that exports `openStage: OpenStage`, and name it in
 * `STAGES` below under the id that `platform:` of a configuration has. `openStage` starts the embedded platform, puts
 * there what the user's routes suppose to be there (Services, pools, domains: whatever a release does not create by
 * itself), and answers with a `Stage`. It does not make anything live: `opening.ts` releases the version before by the
 * same code that the user's release walks. Keep what is special to the platform inside that file.
 */
import type { Config } from '../config/schema.js';
import type { Answer, RunningInstance } from '../embedded/dataplane/index.js';
import { failure } from '../failures.js';

/** One request that the platform's API has received. */
export interface StageRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** With its query, without the host. */
  readonly path: string;
  /** The answer's status; 0 where there was none (yet). */
  readonly status: number;
  /** Whether it asked for a write. */
  readonly mutating: boolean;
}

/**
 * What happens to a request in place of the right answer:
 * - an object: this answer, and nothing is done; with `delayMs` alone the right answer, later
 * - `hang`: no answer at all; `reset`: the connection is reset before anything is done
 * - `truncate`: the request is done, half of its answer arrives; `lose-answer`: it is done, and the connection is reset
 * - `html`: the 200 of a login page
 */
export type StageFault =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly delayMs: number }
  | 'hang'
  | 'reset'
  | 'truncate'
  | 'html'
  | 'lose-answer';

/** Where a rehearsal steps in: both are called for every request, and may take their time. */
export interface StageInterception {
  /** Before the request is looked at. */
  onRequest(request: StageRequest): StageFault | undefined | Promise<StageFault | undefined>;
  /** After the request has taken effect, and before its answer is sent. */
  beforeAnswer(request: StageRequest): void | Promise<void>;
}

/** What in a configuration leads to the stage. Plain data: it goes to other processes as JSON. */
export interface Redirection {
  /** Settings of the configuration's top level; null takes one away. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** By target, in the order of the configuration. */
  readonly liveUrls: readonly string[];
}

/** An embedded platform with room for the user's release. */
export interface Stage extends AsyncDisposable {
  /** Said to people, such as `an embedded Kubernetes serves on http://127.0.0.1:4711`. */
  readonly title: string;
  readonly redirection: Redirection;
  /** Every request so far, oldest first. */
  requests(): readonly StageRequest[];
  /** Steps in from now on, in place of whoever did before; what is left out lets everything pass. */
  intercept(interception: Partial<StageInterception>): void;
  /** Whether a request is about the record of a release. */
  isRecord(request: StageRequest): boolean;
  /** The refusal that this platform's API would write: its body and headers for a status such as 401 or 409. */
  refusal(status: number): StageFault;
  /** The running instances of a version, so that something can befall them. */
  instances(version: string): readonly RunningInstance[];
  /** Resolves when nothing more is going to happen by itself. */
  settled(): Promise<void>;
}

/** How the stand-in for the user's program behaves in one version. */
export interface StandIn {
  /** What it says its version is. */
  readonly version: string;
  /** It ends right after each start. */
  readonly crashes: boolean;
  readonly answers: Readonly<Record<string, Answer>>;
}

export interface StageOptions {
  readonly config: Config;
  /** Folder that the manifests of the configuration are relative to. */
  readonly workspace: string;
  /** How an instance behaves, by the version that it was deployed as. */
  readonly standIn: (version: string | undefined) => StandIn;
}

export type OpenStage = (options: StageOptions) => Promise<Stage>;

/** Stages by the platform's id; each is loaded when it is asked for. */
const STAGES: Readonly<Record<string, () => Promise<OpenStage>>> = {
  'cloud-foundry': async () => (await import('./stages/cloud-foundry.js')).openStage,
  bcs: async () => (await import('./stages/bcs.js')).openStage,
  kubernetes: async () => (await import('./stages/kubernetes.js')).openStage,
  marathon: async () => (await import('./stages/marathon.js')).openStage,
};

/** @throws INVALID_CONFIGURATION for a platform that cannot be rehearsed on. */
export async function loadStage(platform: string): Promise<OpenStage> {
  const load = STAGES[platform];
  if (load) return load();
  const known = Object.keys(STAGES).join(', ');
  const problem = `platform is ${platform}, which cannot be rehearsed on this machine; these can: ${known}.`;
  throw failure('INVALID_CONFIGURATION', { problems: [problem] });
}

/** The configuration with everything that leads to the user's platform led to the stage. Nobody is asked to approve a rehearsal. */
export function redirected(config: Config, { settings, liveUrls }: Redirection): Config {
  const leading = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value ?? undefined]));
  const targets = config.targets.map((target, index) => ({
    ...target,
    // A worker without a route has none.
    'live-url': liveUrls[index] || undefined,
  }));
  return { ...config, ...leading, targets, approval: { ...config.approval, by: 'none' } };
}
