/** What is wrong with a way of approval before anybody is asked, and what must not be seen of it. */
import type { Config } from './schema.js';

/** Verbs that come to a gate. */
const ASKING: readonly Config['verb'][] = ['run', 'switch', 'teardown'];

type Problem = readonly [path: readonly string[], sentence: string];

/** Each problem as a path and the rest of a sentence. */
export function approvalProblems(
  { approval, github, platform, targets, verb }: Config,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Problem[] {
  if (!ASKING.includes(verb)) return [];
  const problems: Problem[] = [];
  const say = (path: readonly string[], sentence: string) => problems.push([path, sentence]);
  if (approval.by === 'url' && approval.url === undefined) {
    say(['approval', 'url'], 'is missing, and approval is by url; say what is to be asked');
  }
  if (approval.by === 'annotation' && platform === 'kubernetes' && !targets[0]?.routes.some(isService)) {
    say(['approval', 'by'], 'is annotation, and the first target has no Service among its routes that could carry one');
  }
  if (approval.by !== 'issue') return problems;
  const { approvers, required } = approval;
  const users = new Set(approvers.map(name => name.replace(/^@/, '').toLowerCase()));
  if (approvers.length === 0) {
    say(['approval', 'approvers'], 'is empty, and approval is by issue; name users, or teams as organisation/team');
  } else if (users.size < required && [...users].every(name => !name.includes('/'))) {
    say(['approval', 'required'], `is ${required}, but only ${users.size} may decide`);
  }
  if (!github.token) say(['github', 'token'], 'is missing, and approval is by issue; give the token of the job');
  if (!environment.GITHUB_REPOSITORY) {
    say(['approval', 'by'], 'is issue, but no repository is known; set GITHUB_REPOSITORY to owner/name');
  }
  return problems;
}

function isService(route: string): boolean {
  return /^(service|services|svc)\//.test(route);
}

/** Words in a header that are long enough to be a secret. */
const SECRET_WORD = /\S{8,}/g;

/** What nobody may see of a configuration (P12). */
export function secretsOf({ approval, github, gitlab }: Config): readonly string[] {
  const headers = Object.values(approval.headers).flatMap(value => [value, ...(value.match(SECRET_WORD) ?? [])]);
  return [github.token ?? [], gitlab.token ?? [], headers].flat();
}
