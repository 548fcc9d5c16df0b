/** The words of a question on GitHub: what is asked, what speaks for and against it, and how to answer. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import { cutLines } from '../../lib/text.js';
import { formatDuration } from '../../lib/units.js';
import type { Question } from '../../release/ask.js';
import type { Approval, VerdictName } from '../../release/model.js';
import { section, slotText, table } from '../../report/markdown.js';
import { planMarkdown } from '../../report/plan.js';
import { codeOf } from '../digest.js';

/** GitHub takes 65,536 characters. */
const LONGEST = 60_000;
const LIMITS = { rows: 50 };
const SIGNS: Readonly<Record<VerdictName, string>> = { pass: '✅', fail: '❌', unknown: '❔' };

/** What happens without a decision, as the middle of a sentence. */
const WITHOUT: Readonly<Record<Question['otherwise'], string>> = {
  'keep-both': 'both versions stay where they are',
  rollback: 'the release is undone',
  proceed: 'the release goes on',
};

export interface Facts {
  readonly approvers: readonly string[];
  readonly required: number;
  /** Who started the run, whose approval does not count; undefined where it does. */
  readonly starter: string | undefined;
  readonly runLink: string | undefined;
  /** Answers have to name the plan. */
  readonly isShared: boolean;
  /** A mark by which the question is found again. */
  readonly nonce: string;
}

export function titleOf({ gate, plan }: Question): string {
  const what = gate === 'switch' ? 'Switch live traffic' : 'Take the previous version away';
  return `${what}: ${plan.release}, version ${plan.version}?`.slice(0, 250);
}

/** Everything that comes from outside is inert in it (P16). */
export function bodyOf(question: Question, facts: Facts): string {
  const { plan, digest } = question;
  const parts = [
    asking(question),
    answering(question, facts),
    checks(question),
    evidence(question),
    `<details><summary>The plan, digest <code>${digest}</code></summary>\n\n${planMarkdown(plan, question.findings, LIMITS)}\n</details>`,
  ];
  const note = '\n_The rest did not fit; the log of the run has all of it._';
  return `<!-- cutover ${facts.nonce} -->\n${cutLines(parts.filter(part => part !== '').join('\n\n'), LONGEST, note)}\n`;
}

function asking({ gate, plan }: Question): string {
  const rows = plan.targets.map(({ target, blue, blueVersion, green, version }) => [
    inertCode(target, 60),
    slotText(blue, blueVersion),
    slotText(green, version),
  ]);
  const heads = gate === 'switch' ? ['target', 'live now', 'shall go live'] : ['target', 'shall be taken away', 'live'];
  const about = `Version ${inertCode(plan.version, 80)} of ${inertCode(plan.release, 60)}`;
  const sentence =
    gate === 'switch'
      ? `${about} is deployed beside the live one and passed its checks. **Shall it get the live traffic?**`
      : `${about} is live and was watched. **Shall the previous version be taken away?** Until then going back is one command.`;
  return `${sentence}\n\n${table(heads, rows, LIMITS)}`;
}

function answering({ digest, until, askedAt, otherwise }: Question, facts: Facts): string {
  const code = facts.isShared ? ` ${codeOf(digest)}` : '';
  const who = facts.approvers.map(mention).join(', ');
  const number = facts.required === 1 ? 'One of them has' : `${facts.required} of them have`;
  const not =
    facts.starter === undefined
      ? ''
      : ` The approval of ${inertCode(facts.starter, 60)}, who started this run, does not count.`;
  const run = facts.runLink === undefined ? '' : ` [The run](${facts.runLink}) waits for it.`;
  return [
    `Answer with a comment whose first word is \`approve${code}\` or \`deny${code}\`. Edited comments do not count.`,
    `Who may decide: ${who}. ${number} to approve; one who denies is enough.${not}`,
    `Without a decision within ${formatDuration(until - askedAt)} ${WITHOUT[otherwise]} (\`${otherwise}\`).${run}`,
  ].join('\n');
}

/** People who may decide are told: they are named by the workflow's own author, unlike everything else here. */
function mention(name: string): string {
  return /^@?[\w-]+(\/[\w.-]+)?$/.test(name) ? `@${name.replace(/^@/, '')}` : inertCode(name, 80);
}

function checks({ checks: made }: Question): string {
  const rows = made.map(({ verdict, name, step, slot, target, reason }) => [
    `${SIGNS[verdict]} ${verdict}`,
    inertCode(name, 100),
    step,
    inertCode(slot ?? `${target}, live`, 80),
    inertMarkdown(reason, 300),
  ]);
  return section('Checks', table(['', 'check', 'step', 'on', 'answer'], rows, LIMITS));
}

function evidence({ probes }: Question): string {
  const rows = probes.map(({ url, requests, failed, before, after }) => [
    inertCode(url, 120),
    String(requests),
    failed > 0 ? `**${failed}**` : '0',
    `${latency(before?.p95Ms)} → ${latency(after.p95Ms)}`,
  ]);
  return section('Evidence', table(['live URL', 'requests', 'failed', 'p95 before → after'], rows, LIMITS));
}

function latency(ms: number | undefined): string {
  return ms === undefined ? 'not known' : formatDuration(ms);
}

/** What came of the question, for the place where it was put. */
export function resultOf({ decision, by, at, gate }: Approval, otherwise: Question['otherwise']): string {
  const when = new Date(at).toISOString();
  const who = by.map(name => inertCode(name, 80)).join(', ');
  if (decision === 'approved') return `✅ Approved by ${who} at ${when}: the ${gate} goes ahead.`;
  if (decision === 'denied') return `✋ Denied by ${who} at ${when}: there will be no ${gate}.`;
  return `⏳ Nobody decided until ${when}: ${WITHOUT[otherwise]} (\`${otherwise}\`).`;
}

/** What becomes of a question that another one took the place of. */
export function voidOf({ link }: { readonly link: string }): string {
  return `↩️ This question is void: another one took its place, ${link}`;
}
