/**
 * Shows a release on GitLab: the status `cutover/ENVIRONMENT` of the commit, and a note in the merge request that is
 * updated in place. All of it in the background; what cannot be shown is one sentence, and changes nothing.
 */
import { asFailure } from '../failures.js';
import { Gitlab, GitlabProblem } from '../lib/gitlab.js';
import { inertMarkdown, plain } from '../lib/inert.js';
import { deadline } from '../lib/poll.js';
import { cutLines, shorten } from '../lib/text.js';
import type { Clock } from '../platforms/port.js';
import {
  ANNOUNCED,
  type AnnouncedRelease,
  type Announcement,
  type Begun,
  type Ended,
  statusState,
} from './announcement.js';
import { severalTimes } from './attempts.js';
import type { Host, World } from './port.js';

/** GitLab takes no longer descriptions of a status. */
const DESCRIPTION = 255;
/** GitLab takes a million characters; a note of that length helps nobody. */
const NOTE_BYTES = 60_000;
const BEGIN_MS = 30_000;
const END_MS = 10_000;
/** After a cancel the runner grants a moment only; the after_script says it again. */
const END_AFTER_CANCEL_MS = 1_500;

type GitlabState = 'running' | 'pending' | 'success' | 'failed' | 'canceled';

const STATES = { pending: 'pending', success: 'success', failure: 'failed', error: 'canceled' } as const;

interface Note {
  readonly id: number;
  readonly body: string;
}

export interface Stage {
  readonly host: Pick<Host, 'log' | 'run' | 'redact' | 'state'>;
  readonly world: World;
  readonly clock: Clock;
  /** The run's summary as Markdown; undefined as long as there is none. */
  readonly summary: () => string | undefined;
}

/** Begins to show a release; undefined where the environment names no project, or there is no token at all. */
export function announceOnGitlab(stage: Stage, release: AnnouncedRelease): Announcement | undefined {
  const shown = openShown(stage, release);
  shown?.begin();
  return shown;
}

/** Ends what another process of this job has begun. */
export async function endAnnouncement(stage: Stage, begun: Begun, token: string, ended: Ended): Promise<void> {
  const shown = openShown(stage, { ...begun.release, token });
  await shown?.end(begun.ended ?? ended);
}

function openShown(stage: Stage, release: AnnouncedRelease): Shown | undefined {
  const { CI_API_V4_URL: apiUrl, CI_PROJECT_ID: project, CI_JOB_TOKEN: jobToken } = stage.world.environment;
  const token = release.token || jobToken;
  if (!apiUrl || !project || !token) return undefined;
  return new Shown(stage, release, new Gitlab({ apiUrl, project, token, isJobToken: !release.token }));
}

class Shown implements Announcement {
  readonly #stage: Stage;
  readonly #release: AnnouncedRelease;
  readonly #gitlab: Gitlab;
  #begun: Promise<unknown> = Promise.resolve();

  constructor(stage: Stage, release: AnnouncedRelease, gitlab: Gitlab) {
    this.#stage = stage;
    this.#release = release;
    this.#gitlab = gitlab;
  }

  begin(): void {
    const { release, version, verb } = this.#release;
    const sentence = `${verb} of ${release}, version ${version}, is under way.`;
    this.#keep();
    // The way out of a release that somebody stopped begins nothing.
    if (verb !== 'abort') this.#begun = this.#within(BEGIN_MS, signal => this.#showStatus('running', sentence, signal));
  }

  async end(ended: Ended): Promise<void> {
    const limit = this.#stage.world.signal.aborted ? END_AFTER_CANCEL_MS : END_MS;
    this.#keep(ended);
    const isShown = await this.#within(limit, async signal => {
      // An end that overtook the beginning would be taken back by it.
      await Promise.race([this.#begun, gone(signal)]);
      const shown = await Promise.all([
        this.#showStatus(STATES[statusState(ended)], ended.sentence, signal),
        this.#showNote(ended, signal),
      ]);
      return shown.every(Boolean);
    });
    if (isShown) this.#stage.host.state?.save(ANNOUNCED, '');
  }

  /** The job's own token may set no status; the pipeline is one, too. */
  async #showStatus(state: GitlabState, sentence: string, signal: AbortSignal): Promise<boolean> {
    const { environment, status, token } = this.#release;
    const { CI_COMMIT_SHA: sha, CI_PIPELINE_ID: pipeline } = this.#stage.world.environment;
    if (!status || !token || !sha) return true;
    const name = `cutover/${environment}`;
    const { link } = this.#stage.host.run;
    const body = {
      state,
      name,
      description: shorten(this.#stage.host.redact(plain(sentence)), DESCRIPTION),
      // Without it GitLab takes the newest pipeline of the commit, which may be another one.
      ...(pipeline ? { pipeline_id: Number(pipeline) } : {}),
      ...(link ? { target_url: link } : {}),
    };
    const send = () => this.#gitlab.once('POST', `/statuses/${sha}`, body, signal);
    return this.#attempted(`The status ${name} of the commit`, send, signal);
  }

  /** One note for each release and environment, found again by a comment that nobody sees. */
  async #showNote(ended: Ended, signal: AbortSignal): Promise<boolean> {
    const { CI_MERGE_REQUEST_IID: number } = this.#stage.world.environment;
    const { environment, note, release } = this.#release;
    if (!note || !number) return true;
    const notes = `/merge_requests/${encodeURIComponent(number)}/notes`;
    const mark = `<!-- cutover ${inertMarkdown(release)} ${inertMarkdown(environment)} -->`;
    const summary = this.#stage.summary() ?? inertMarkdown(ended.sentence);
    const cut = '_The rest was cut: the report among the job’s artifacts has everything._';
    const body = { body: `${mark}\n${cutLines(this.#stage.host.redact(summary), NOTE_BYTES, cut)}` };
    const send = async () => {
      const known = (await this.#gitlab.all<Note>(notes, signal)).find(({ body: text }) => text.startsWith(mark));
      if (known) await this.#gitlab.once('PUT', `${notes}/${known.id}`, body, signal);
      else await this.#gitlab.once('POST', notes, body, signal);
    };
    return this.#attempted(`The note in merge request !${number}`, send, signal);
  }

  /**
   * Tries again what may pass by itself, and answers whether it is shown. What cannot be shown is said. Without a token
   * of their own nobody has asked for more than is possible.
   */
  async #attempted(what: string, work: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
    try {
      await severalTimes(work, this.#stage.clock, signal);
      return true;
    } catch (thrown) {
      // A status that has this state already is refused, and is what was wanted.
      if (thrown instanceof GitlabProblem && /Cannot transition status/i.test(thrown.message)) return true;
      const late = signal.aborted ? 'GitLab did not answer in time.' : asFailure(thrown).message;
      const why = thrown instanceof GitlabProblem ? thrown.message : late;
      const { log } = this.#stage.host;
      const say = this.#release.token ? log.warning : log.info;
      say.call(log, `${what} could not be shown. ${why} The release does not depend on it.`);
      return false;
    }
  }

  /** Answers false as soon as the time is over. */
  async #within(ms: number, work: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
    using limit = deadline(new AbortController().signal, ms, this.#stage.clock);
    // Awaited here: the limit ends when this returns.
    return await Promise.race([work(limit.signal), gone(limit.signal)]);
  }

  /** For the after_script, should this process be killed. The token is not kept: the after_script has its own. */
  #keep(ended?: Ended): void {
    const { token: _, ...release } = this.#release;
    const begun: Begun = { release, ...(ended ? { ended } : {}) };
    this.#stage.host.state?.save(ANNOUNCED, this.#stage.host.redact(JSON.stringify(begun)));
  }
}

/** Answers false once the signal has aborted. */
function gone(signal: AbortSignal): Promise<false> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(false), { once: true }));
}
