/** A question put on GitHub, and people who talk about it. */
import { askOnGithub } from '../../src/gates/issue/index.js';
import type { Approval } from '../../src/release/model.js';
import type { GithubServer } from './github-server.js';
import { decided, questionOf, soon, toolsFor } from './support.js';

export const approvalOf = (decision: Approval['decision'], by: string[]): Approval => ({
  gate: 'switch',
  decision,
  by,
  at: Date.UTC(2026, 10, 21, 12),
  askedAt: Date.UTC(2026, 10, 21, 11),
  how: 'issue #12',
  link: undefined,
});

/** Asks, lets people talk, and answers the decision. */
export async function decisionOf(
  github: GithubServer,
  approval: object,
  talk: (issue: number) => void,
  over: object = {},
) {
  const { tools, lines } = toolsFor(github, { ...approval }, over);
  const open = await askOnGithub(questionOf(), tools, soon());
  talk(github.issues[0]?.number ?? 7);
  return { decision: await decided(open, tools), lines, open };
}
