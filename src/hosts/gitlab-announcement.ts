/**
 * Shows a release on GitLab: the status `cutover/ENVIRONMENT` of the commit, and a note in the merge request that is
 * updated in place. All of it in the background; what cannot be shown is one sentence, and changes nothing.
 */
import { asFailure } from '../failures.js';
import { Gitlab, GitlabProblem } from '../lib/gitlab.js';
import { inertMarkdown, plain } from '../lib/inert.js';
import { deadline } from '../lib/poll.js';
import { shorten } from '../lib/text.js';
import type { Clock } from '../platforms/port.js';
import { type AnnouncedRelease, type Announcement, type Ended, statusState } from './announcement.js';
import type { Host, World } from './port.js';

/** GitLab takes no longer descriptions of a status. */
const DESCRIPTION = 255;
/** GitLab takes a million characters; a note of that length helps nobody. */
const NOTE = 60_000;
const BEGIN_MS = 30_000;
const END_MS = 10_000;
/** After a cancel the runner grants a moment only. */
const END_AFTER_CANCEL_MS = 1_500;

type GitlabState = 'running' | 'pending' | 'success' | 'failed' | 'canceled';

const STATES = { pending: 'pending', success: 'success', failure: 'failed', error: 'canceled' } as const;

interface Note {
  readonly id: number;
  readonly body: string;
}

export interface Stage {
  readonly host: Pick<Host, 'log' | 'run' | 'redact'>;
  readonly world: World;
  readonly clock: Clock;
  /** The run's summary as Markdown; undefined as long as there is none. */
  readonly summary: () => string | undefined;
}

/** Begins to show a release; undefined where the environment names no project, or there is no token at all. */
export function announceOnGitlab(stage: Stage, release: AnnouncedRelease): Announcement | undefined {
  const { CI_API_V4_URL: apiUrl, CI_PROJECT_ID: project, CI_JOB_TOKEN: jobToken } = stage.world.environment;
  const token = release.token || jobToken;
  if (!apiUrl || !project || !token) return undefined;
  const gitlab = new Gitlab({ apiUrl, project, token, isJobToken: !release.token });
  const shown = new Shown(stage, release, gitlab);
  shown.begin();
  return shown;
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
    this.#begun = this.#within(BEGIN_MS, signal => this.#showStatus('running', sentence, signal));
  }

  async end(ended: Ended): Promise<void> {
    const limit = this.#stage.world.signal.aborted ? END_AFTER_CANCEL_MS : END_MS;
    await this.#within(limit, async signal => {
      // An end that overtook the beginning would be taken back by it.
      await Promise.race([this.#begun, gone(signal)]);
      await Promise.all([
        this.#showStatus(STATES[statusState(ended)], ended.sentence, signal),
        this.#showNote(ended, signal),
      ]);
    });
  }

  /** The job's own token may set no status; the pipeline is one, too. */
  async #showStatus(state: GitlabState, sentence: string, signal: AbortSignal): Promise<void> {
    const { environment, status, token } = this.#release;
    const { CI_COMMIT_SHA: sha } = this.#stage.world.environment;
    if (!status || !token || !sha) return;
    const name = `cutover/${environment}`;
    const { link } = this.#stage.host.run;
    const description = shorten(this.#stage.host.redact(plain(sentence)), DESCRIPTION);
    const body = { state, name, description, ...(link ? { target_url: link } : {}) };
    await this.#attempted(`The status ${name} of the commit`, () =>
      this.#gitlab.once('POST', `/statuses/${sha}`, body, signal),
    );
  }

  /** One note for each release and environment, found again by a comment that nobody sees. */
  async #showNote(ended: Ended, signal: AbortSignal): Promise<void> {
    const { CI_MERGE_REQUEST_IID: number } = this.#stage.world.environment;
    const { environment, note, release } = this.#release;
    if (!note || !number) return;
    const notes = `/merge_requests/${encodeURIComponent(number)}/notes`;
    const mark = `<!-- cutover ${inertMarkdown(release)} ${inertMarkdown(environment)} -->`;
    const summary = this.#stage.summary() ?? inertMarkdown(ended.sentence);
    const body = { body: `${mark}\n${shorten(this.#stage.host.redact(summary), NOTE)}` };
    await this.#attempted(`The note in merge request !${number}`, async () => {
      const known = (await this.#gitlab.all<Note>(notes, signal)).find(({ body: text }) => text.startsWith(mark));
      if (known) await this.#gitlab.once('PUT', `${notes}/${known.id}`, body, signal);
      else await this.#gitlab.once('POST', notes, body, signal);
    });
  }

  /** What cannot be shown is said. Without a token of their own nobody has asked for more than is possible. */
  async #attempted(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      // A status that has this state already is refused, and is what was wanted.
      if (thrown instanceof GitlabProblem && /Cannot transition status/i.test(thrown.message)) return;
      const why = thrown instanceof GitlabProblem ? thrown.message : asFailure(thrown).message;
      const { log } = this.#stage.host;
      const say = this.#release.token ? log.warning : log.info;
      say.call(log, `${what} could not be shown. ${why} The release does not depend on it.`);
    }
  }

  async #within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    using limit = deadline(new AbortController().signal, ms, this.#stage.clock);
    await Promise.race([work(limit.signal), gone(limit.signal)]);
  }
}

function gone(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
