/** A deployment on GitHub: what is released where, how far it is, and the URL to look at. */
import type { Github } from '../lib/github/client.js';
import { shorten } from '../lib/text.js';
import type { AnnouncedRelease, DeploymentState } from './announcement.js';

const NEEDS = 'deployments: write';
/** GitHub takes no longer descriptions. */
const DESCRIPTION = 140;
/** So many earlier deployments are looked at for the one that is active. */
const LOOKED_AT = 5;
const UNDER_WAY: readonly string[] = ['in_progress', 'pending', 'queued'];

interface Deployment {
  readonly id: number;
  readonly payload?: { readonly cutover?: unknown; readonly version?: unknown } | string | null;
}

export class GithubDeployment {
  readonly #github: Github;
  readonly #release: AnnouncedRelease;
  readonly #logUrl: string | undefined;
  #id: number | undefined;

  /** @param id of the one that an earlier step of this job has begun */
  constructor(github: Github, release: AnnouncedRelease, logUrl: string | undefined, id?: number) {
    this.#github = github;
    this.#release = release;
    this.#logUrl = logUrl;
    this.#id = id;
  }

  get id(): number | undefined {
    return this.#id;
  }

  /** Begins a deployment, or goes on with the one that a job before this one has begun for the same version. */
  async begin(sha: string, signal: AbortSignal): Promise<void> {
    const { environment, release, version } = this.#release;
    const payload = { cutover: release, version };
    await this.find(signal);
    if (this.#id === undefined) {
      const description = shorten(`${release}, version ${version}`, DESCRIPTION);
      // No merge of the default branch, and no other check has to be green first: the release is under way already.
      const body = { ref: sha, environment, description, payload, auto_merge: false, required_contexts: [] };
      const wanted = { method: 'POST', path: this.#github.repo('/deployments'), body, needs: NEEDS } as const;
      this.#id = (await this.#github.once<Deployment>(wanted, signal)).id;
    }
    await this.say('in_progress', 'The release is under way.', signal);
  }

  /** The one that a job before this one has begun for the same version and has not ended, if there is one. */
  async find(signal: AbortSignal): Promise<void> {
    const { release, version } = this.#release;
    this.#id ??= await this.#underWay({ cutover: release, version }, signal);
  }

  async say(state: DeploymentState, sentence: string, signal: AbortSignal): Promise<void> {
    if (this.#id !== undefined) await this.#sayOf(this.#id, state, sentence, signal);
  }

  /**
   * Marks the deployment that was active before as inactive. GitHub does so by itself, but not in production.
   * Also asked after a rollback, when the version that this repository deployed last is live no more.
   */
  async retireOthers(sentence: string, signal: AbortSignal): Promise<void> {
    for (const { id } of await this.#latest(signal)) {
      if (id === this.#id || (await this.#stateOf(id, signal)) !== 'success') continue;
      return this.#sayOf(id, 'inactive', sentence, signal);
    }
  }

  async #underWay(payload: { cutover: string; version: string }, signal: AbortSignal): Promise<number | undefined> {
    const [newest] = await this.#latest(signal);
    const known = typeof newest?.payload === 'object' ? newest.payload : undefined;
    if (!newest || known?.cutover !== payload.cutover || known.version !== payload.version) return undefined;
    return UNDER_WAY.includes((await this.#stateOf(newest.id, signal)) ?? '') ? newest.id : undefined;
  }

  #latest(signal: AbortSignal): Promise<readonly Deployment[]> {
    const query = `environment=${encodeURIComponent(this.#release.environment)}&per_page=${LOOKED_AT}`;
    const path = this.#github.repo(`/deployments?${query}`);
    return this.#github.once({ method: 'GET', path, needs: NEEDS }, signal);
  }

  async #stateOf(id: number, signal: AbortSignal): Promise<string | undefined> {
    const path = this.#github.repo(`/deployments/${id}/statuses?per_page=1`);
    const wanted = { method: 'GET', path, needs: NEEDS } as const;
    const [latest] = await this.#github.once<readonly { readonly state: string }[]>(wanted, signal);
    return latest?.state;
  }

  async #sayOf(id: number, state: DeploymentState, sentence: string, signal: AbortSignal): Promise<void> {
    const { liveUrl } = this.#release;
    const body = {
      state,
      description: shorten(sentence, DESCRIPTION),
      ...(this.#logUrl ? { log_url: this.#logUrl } : {}),
      ...(liveUrl ? { environment_url: liveUrl } : {}),
    };
    const path = this.#github.repo(`/deployments/${id}/statuses`);
    await this.#github.once({ method: 'POST', path, body, needs: NEEDS }, signal);
  }
}
