/** What people wrote below a question, read as decisions. */

/** A comment, as far as GitHub's API tells what matters here. */
export interface Comment {
  readonly id: number;
  readonly body?: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user: { readonly login: string } | null;
}

export interface Verdict {
  readonly login: string;
  readonly verdict: 'approve' | 'deny';
}

/** Why a comment that begins with one of the two words does not count. */
export interface Ignored {
  readonly login: string;
  readonly reason: string;
}

/**
 * Reads a comment's first word, whatever its case. Undefined: the comment decides nothing. A comment that was edited
 * does not count, for nobody can see what it said when others read it; nor does one that names another plan.
 *
 * @param needsCode whether the plan has to be named, because the place holds questions about several plans
 */
export function readComment(comment: Comment, digest: string, needsCode: boolean): Verdict | Ignored | undefined {
  const [first = '', second = ''] = (comment.body ?? '').trim().split(/\s+/);
  const word = first.toLowerCase().replace(/[.,;:!]+$/, '');
  if (word !== 'approve' && word !== 'deny') return undefined;
  const login = comment.user?.login ?? '';
  if (comment.updated_at !== comment.created_at) return { login, reason: 'it was edited' };
  const code = second.toLowerCase().replace(/[^0-9a-f]/g, '');
  const namesPlan = /^[`"(]?[0-9a-f]{7,}[`").,;:!]*$/i.test(second);
  if (namesPlan && !digest.startsWith(code)) return { login, reason: 'it is about another plan' };
  if (needsCode && !namesPlan) return { login, reason: 'it does not say which plan' };
  return { login, verdict: word };
}

/**
 * What the approvers decided: one who denies is enough; of approvals so many are needed. A person's last word counts.
 * Names are compared without regard to case, as GitHub does.
 */
export function decide(
  verdicts: readonly Verdict[],
  { required, mayNotApprove }: { required: number; mayNotApprove: readonly string[] },
): { decision: 'approved' | 'denied'; by: readonly string[] } | { missing: number; approved: readonly string[] } {
  const last = new Map(verdicts.map(one => [one.login.toLowerCase(), one]));
  const denied = [...last.values()].filter(({ verdict }) => verdict === 'deny');
  if (denied.length > 0) return { decision: 'denied', by: denied.map(({ login }) => login) };
  const starters = mayNotApprove.map(name => name.toLowerCase());
  const approved = [...last.values()]
    .map(({ login }) => login)
    .filter(login => !starters.includes(login.toLowerCase()));
  if (approved.length >= required) return { decision: 'approved', by: approved };
  return { missing: required - approved.length, approved };
}
