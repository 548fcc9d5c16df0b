/** Who may decide: listed users, and members of listed teams. */
import type { Github, SeenPages } from '../../lib/github/client.js';

const NEEDS = 'members: read';

/** Knows the approvers; teams are read afresh each time, which costs nothing while nobody joins or leaves. */
export class Approvers {
  readonly #users: readonly string[];
  readonly #teams: readonly { readonly name: string; readonly path: string }[];
  readonly #github: Github;
  readonly #seen: SeenPages = new Map();

  /** @param listed such as `alice` and `acme/release-managers`; a leading @ is allowed */
  constructor(listed: readonly string[], github: Github) {
    const names = listed.map(name => name.replace(/^@/, ''));
    this.#github = github;
    this.#users = names.filter(name => !name.includes('/')).map(name => name.toLowerCase());
    this.#teams = names
      .filter(name => name.includes('/'))
      .map(name => {
        const [organisation = '', slug = ''] = name.split('/').map(encodeURIComponent);
        return { name, path: `/orgs/${organisation}/teams/${slug}/members` };
      });
  }

  /** The logins, in lower case, of everybody who may decide. @throws GithubProblem, and the signal's reason. */
  async logins(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const members = await Promise.all(
      this.#teams.map(({ path }) => this.#github.all<{ readonly login: string }>(path, NEEDS, this.#seen, signal)),
    );
    return new Set([...this.#users, ...members.flat().map(({ login }) => login.toLowerCase())]);
  }
}
