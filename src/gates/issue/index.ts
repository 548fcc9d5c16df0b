/** Approval on GitHub: a question as an issue, or below the pull request, and answers as comments. Heavy to load (axios). */
import { randomUUID } from 'node:crypto';
import { failure } from '../../failures.js';
import { Github, type SeenPages } from '../../lib/github/client.js';
import { GithubProblem } from '../../lib/github/problem.js';
import { count } from '../../lib/units.js';
import type { Decision, OpenQuestion, Question } from '../../release/ask.js';
import { codeOf } from '../digest.js';
import type { Tools } from '../port.js';
import { Approvers } from './approvers.js';
import { findAgain, openComment, openIssue, type Place } from './place.js';
import { bodyOf, resultOf, titleOf, voidOf } from './text.js';
import { decide, type Ignored, readComment, type Verdict } from './verdicts.js';

/** Puts the question, or finds it where an earlier run of the same plan put it. */
export async function askOnGithub(question: Question, tools: Tools, signal: AbortSignal): Promise<OpenQuestion> {
  const { gate, digest } = question;
  const { github: settings, log } = tools;
  if (!settings)
    throw failure('GATE_BROKEN', { gate, reason: 'GITHUB_REPOSITORY or the input github-token is missing.' });
  const github = new Github(settings);
  const approvers = new Approvers(tools.approval.approvers, github);
  const persist = <T>(work: (own: AbortSignal) => Promise<T>, own: AbortSignal) =>
    broken(gate, own, say => github.persistently(() => work(own), say, own), log);
  // A team that cannot be read is found before anybody is asked, and so is that nobody could approve.
  await persist(own => approvers.logins(own), signal);
  requireOthers(question, tools);
  const place = await persist(placing(github, question, tools), signal);
  if (question.stale) await takeBack(github, question.stale.reference, place, log, signal);
  const code = place.isShared ? ` ${codeOf(digest)}` : '';
  const look = looking(place, approvers, question, tools);
  return {
    reference: place.reference,
    how: place.how,
    link: place.link,
    invitation: `Waiting for an approval before the ${gate} on ${place.link}: comment \`approve${code}\` or \`deny${code}\`.`,
    look: own => persist(look, own),
    close: async (approval, own) =>
      place.close(resultOf(approval, tools.approval.otherwise), approval.decision === 'approved', own),
  };
}

/** Nobody shall answer a question that nothing depends on any more. That it could not be taken back stops nothing. */
async function takeBack(
  github: Github,
  reference: string,
  now: Place,
  log: Tools['log'],
  signal: AbortSignal,
): Promise<void> {
  try {
    await (await findAgain(github, reference, signal))?.close(voidOf(now), false, signal);
  } catch (thrown) {
    if (!(thrown instanceof GithubProblem)) throw thrown;
    log.info(`An earlier question (${reference}) could not be taken back: ${thrown.message}`);
  }
}

/** How the question gets to its place: repeated, it finds what a lost request has done. */
function placing(github: Github, question: Question, tools: Tools): (signal: AbortSignal) => Promise<Place> {
  const { event, approval, run, redact } = tools;
  const nonce = randomUUID();
  const facts = {
    approvers: approval.approvers,
    required: approval.required,
    starter: approval.self ? undefined : run.actor,
    runLink: run.link,
    isShared: event.pullRequest !== undefined,
    nonce,
  };
  const body = redact(bodyOf(question, facts));
  const title = redact(titleOf(question));
  let isRepeated = false;
  return async signal => {
    const mayBeThere = isRepeated;
    isRepeated = true;
    const before = question.earlier && (await findAgain(github, question.earlier.reference, signal));
    if (before) return before;
    if (event.pullRequest !== undefined)
      return openComment(github, event.pullRequest, { body, nonce, mayBeThere }, signal);
    return openIssue(github, { title, body, nonce, mayBeThere }, signal);
  };
}

/** Looks at all answers: the decision, or what is still missing, as a sentence. Says once why an answer does not count. */
function looking(place: Place, approvers: Approvers, question: Question, { approval, run, log }: Tools) {
  const seen: SeenPages = new Map();
  const told = new Set<number>();
  const mayNotApprove = approval.self ? [] : [run.actor, question.earlier?.actor ?? run.actor];
  return async (signal: AbortSignal): Promise<Decision | string> => {
    const comments = await place.comments(seen, signal);
    const known = await approvers.logins(signal);
    const verdicts: Verdict[] = [];
    for (const comment of comments) {
      const read = readComment(comment, question.digest, place.isShared);
      const ignored = read && whyIgnored(read, known);
      if (read && 'verdict' in read && !ignored) verdicts.push(read);
      if (read && ignored && !told.has(comment.id)) {
        told.add(comment.id);
        log.info(`The answer of ${read.login} on ${place.how} does not count: ${ignored}.`);
      }
    }
    const decided = decide(verdicts, { required: approval.required, mayNotApprove });
    if ('decision' in decided) return decided;
    const so = decided.approved.length > 0 ? ` (${decided.approved.join(', ')} approved)` : '';
    return `waiting for ${count(decided.missing, 'more approval')} on ${place.how}${so}`;
  };
}

function whyIgnored(read: Verdict | Ignored, approvers: ReadonlySet<string>): string | undefined {
  if ('reason' in read) return read.reason;
  return approvers.has(read.login.toLowerCase()) ? undefined : 'they are no approver';
}

/** What will not pass by waiting ends the gate, and so does what did not pass in all the time that there was. */
async function broken<T>(
  gate: Question['gate'],
  signal: AbortSignal,
  work: (say: (trouble: string) => void) => Promise<T>,
  log: Tools['log'],
): Promise<T> {
  let last: string | undefined;
  try {
    return await work(trouble => {
      last = trouble;
      log.waiting(`${trouble} It is asked again.`);
    });
  } catch (thrown) {
    const reason = thrown instanceof GithubProblem ? thrown.message : last;
    if (reason === undefined || !(thrown instanceof GithubProblem || signal.aborted)) throw thrown;
    throw failure('GATE_BROKEN', { gate, reason }, { cause: thrown });
  }
}

/** Who started the run cannot be the one who lets it go on: to wait for that would be in vain. */
function requireOthers({ gate, earlier }: Question, { approval, run }: Tools): void {
  const { approvers, required, self } = approval;
  const users = new Set(approvers.map(name => name.replace(/^@/, '').toLowerCase()));
  if (self || [...users].some(name => name.includes('/'))) return;
  const starters = [run.actor, earlier?.actor ?? run.actor];
  for (const starter of starters) users.delete(starter.toLowerCase());
  if (users.size >= required) return;
  const reason = `${required} of ${approvers.join(', ')} have to approve, and ${[...new Set(starters)].join(' and ')} started it, which leaves ${users.size}; name more approvers, or set approval.self to true.`;
  throw failure('GATE_BROKEN', { gate, reason });
}
