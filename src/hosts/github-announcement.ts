/**
 * Shows a release on GitHub: a deployment, and the status `cutover/ENVIRONMENT` of the commit. All of it in the
 * background. What cannot be shown is one warning, and changes nothing. Heavy to load (axios).
 */
import { asFailure } from '../failures.js';
import { Github } from '../lib/github/client.js';
import type { WorkflowEvent } from '../lib/github/event.js';
import { GithubProblem } from '../lib/github/problem.js';
import { githubSettings } from '../lib/github/settings.js';
import { plain } from '../lib/inert.js';
import { deadline } from '../lib/poll.js';
import { shorten } from '../lib/text.js';
import type { Clock } from '../platforms/port.js';
import {
  ANNOUNCED,
  type AnnouncedRelease,
  type Announcement,
  type Begun,
  deploymentState,
  type Ended,
  type StatusState,
  statusState,
} from './announcement.js';
import { severalTimes } from './attempts.js';
import { GithubDeployment } from './github-deployment.js';
import type { Host, World } from './port.js';

/** GitHub takes no longer descriptions. */
const DESCRIPTION = 140;
/** To show that it began; nobody waits for it. */
const BEGIN_MS = 30_000;
/** To show how it ended; after a cancel the runner grants a moment only, and the post step says it again. */
const END_MS = 10_000;
const END_AFTER_CANCEL_MS = 1_500;

/** What the post step has to know to end what this step has begun. */
export interface BegunOnGithub extends Begun {
  readonly sha: string;
  readonly deployment: number | undefined;
}

export interface Stage {
  readonly host: Pick<Host, 'log' | 'run' | 'state' | 'redact'>;
  readonly world: World;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
}

/** Begins to show a release; undefined where there is no commit or repository to show it on. */
export function announceOnGithub(stage: Stage, release: AnnouncedRelease): Announcement | undefined {
  const { event, world, clock } = stage;
  const settings = githubSettings(release.token, world.environment, clock);
  if (!settings || !event.sha) return undefined;
  const shown = new Shown(stage, release, event.sha, new Github(settings));
  shown.begin();
  return shown;
}

/** Ends what another process of this job has begun. */
export async function endAnnouncement(stage: Stage, begun: BegunOnGithub, token: string, ended: Ended): Promise<void> {
  const settings = githubSettings(token, stage.world.environment, stage.clock);
  if (!settings) return;
  const release = { ...begun.release, token };
  await new Shown(stage, release, begun.sha, new Github(settings), begun.deployment).end(begun.ended ?? ended);
}

class Shown implements Announcement {
  readonly #stage: Stage;
  readonly #release: AnnouncedRelease;
  readonly #sha: string;
  readonly #github: Github;
  readonly #deployment: GithubDeployment;
  readonly #over = new AbortController();
  readonly #warned = new Set<string>();
  #begun: Promise<unknown> = Promise.resolve();

  constructor(stage: Stage, release: AnnouncedRelease, sha: string, github: Github, deployment?: number) {
    this.#stage = stage;
    this.#release = release;
    this.#sha = sha;
    this.#github = github;
    this.#deployment = new GithubDeployment(github, release, stage.host.run.link, deployment);
  }

  begin(): void {
    const { release, version, verb } = this.#release;
    this.#keep();
    // The way out of a release that somebody stopped begins nothing.
    if (verb === 'abort') return;
    const began = `${verb} of ${release}, version ${version}, is under way.`;
    this.#begun = this.#bounded(BEGIN_MS, this.#over.signal, signal => [
      this.#showStatus('pending', began, signal),
      // The way back is no deployment of this commit.
      verb === 'rollback'
        ? undefined
        : this.#showDeployment(signal, own => this.#deployment.begin(this.#sha, own)).then(() => this.#keep()),
    ]);
  }

  async end(ended: Ended): Promise<void> {
    const limit = this.#stage.world.signal.aborted ? END_AFTER_CANCEL_MS : END_MS;
    this.#keep(ended);
    const none = new AbortController().signal;
    const done = await this.#bounded(limit, none, signal => [this.#sayEnd(ended, signal)]);
    this.#over.abort();
    if (done) this.#stage.host.state?.save(ANNOUNCED, '');
  }

  /** What began is shown first: an end that overtook it would be taken back by it. */
  async #sayEnd(ended: Ended, signal: AbortSignal): Promise<boolean> {
    await Promise.race([this.#begun, gone(signal)]);
    const shown = await Promise.all([
      this.#showStatus(statusState(ended), ended.sentence, signal),
      this.#showDeployment(signal, own => this.#endDeployment(ended, own)),
    ]);
    return shown.every(Boolean);
  }

  async #endDeployment(ended: Ended, signal: AbortSignal): Promise<void> {
    const { release, version, verb } = this.#release;
    if (verb === 'abort') await this.#deployment.find(signal);
    if (verb !== 'rollback') await this.#deployment.say(deploymentState(ended), this.#safe(ended.sentence), signal);
    if (verb === 'rollback' ? ended.result !== 'succeeded' : !isLiveAnew(ended)) return;
    const sentence =
      verb === 'rollback' ? `${release} was rolled back.` : `Version ${version} of ${release} is live instead.`;
    await this.#deployment.retireOthers(this.#safe(sentence), signal);
  }

  async #showStatus(state: StatusState, sentence: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#release.status) return true;
    const { environment } = this.#release;
    const link = this.#stage.host.run.link;
    const body = {
      state,
      context: `cutover/${environment}`,
      description: shorten(this.#safe(sentence), DESCRIPTION),
      ...(link ? { target_url: link } : {}),
    };
    const path = this.#github.repo(`/statuses/${this.#sha}`);
    const send = (own: AbortSignal) => this.#github.once({ method: 'POST', path, body, needs: 'statuses: write' }, own);
    return this.#attempted(`The status cutover/${environment} of the commit`, send, signal);
  }

  async #showDeployment(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (!this.#release.deployment) return true;
    return this.#attempted(`The deployment in ${this.#release.environment}`, work, signal);
  }

  /** Tries again what may pass by itself. Answers whether it was shown; that it was not is said once. */
  async #attempted(
    what: string,
    work: (signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await severalTimes(() => work(signal), this.#stage.clock, signal);
      return true;
    } catch (thrown) {
      if (this.#over.signal.aborted) return false;
      const late = signal.aborted ? 'GitHub did not answer in time.' : asFailure(thrown).message;
      const why = thrown instanceof GithubProblem ? thrown.message : late;
      this.#warn(what, `${what} could not be shown. ${why} The release does not depend on it.`);
      return false;
    }
  }

  /** Does what is named at once, within a time. Answers whether all of it was done. */
  async #bounded(
    ms: number,
    outer: AbortSignal,
    work: (signal: AbortSignal) => readonly (Promise<unknown> | undefined)[],
  ): Promise<boolean> {
    using limit = deadline(outer, ms, this.#stage.clock);
    const done = Promise.all(work(limit.signal)).then(results => results.every(result => result !== false));
    // Awaited here: the limit ends when this returns.
    return await Promise.race([done, gone(limit.signal)]);
  }

  /** Once for each place: that its end could not be shown either is no news. */
  #warn(what: string, sentence: string): void {
    if (!this.#warned.has(what)) this.#stage.host.log.warning(sentence);
    this.#warned.add(what);
  }

  #safe(sentence: string): string {
    return this.#stage.host.redact(plain(sentence));
  }

  /** For the post step, should this process be killed. The token is not kept: the post step has its own. */
  #keep(ended?: Ended): void {
    const { token: _, ...release } = this.#release;
    const begun: BegunOnGithub = {
      release,
      sha: this.#sha,
      deployment: this.#deployment.id,
      ...(ended ? { ended } : {}),
    };
    this.#stage.host.state?.save(ANNOUNCED, this.#stage.host.redact(JSON.stringify(begun)));
  }
}

/** Answers false once the signal has aborted. */
function gone(signal: AbortSignal): Promise<false> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(false), { once: true }));
}

/** Whether this run made its version live, so that the one before is no more. */
function isLiveAnew(ended: Ended): boolean {
  return deploymentState(ended) === 'success' && ended.result !== 'unchanged';
}
