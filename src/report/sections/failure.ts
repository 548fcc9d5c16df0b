/** What failed and why, the platform's own words, what was done about it, and what to do now. */
import { inertBlock, inertCode, inertMarkdown } from '../../lib/inert.js';
import { shorten } from '../../lib/text.js';
import type { FailureReport, Outcome } from '../../release/model.js';
import { type Limits, list, section } from '../markdown.js';

/** Of the platform's own words. */
const LINES = 40;
const LINE = 300;

export function failureSection({ failures }: Outcome, limits: Limits): string {
  const [first, ...others] = failures;
  if (!first) return '';
  const also = others.map(failed => `${titleOf(failed)}${inertMarkdown(failed.message)} ${inertMarkdown(failed.hint)}`);
  return section(
    'What failed',
    messageOf(first, limits),
    wordsOf(first, limits),
    `**What to do:** ${inertMarkdown(first.hint, 1_000)}`,
    also.length > 0 ? `Then also:\n\n${list(also, limits)}` : '',
  );
}

/** What a person should know or do now. */
export function notesSection({ notes }: Outcome, limits: Limits): string {
  const items = notes.map(note => inertMarkdown(note, 1_000));
  return items.length === 0 ? '' : section('What to know', list(items, limits));
}

/** The first line as it is; what a message lists below it becomes a list. */
function messageOf(failed: FailureReport, limits: Limits): string {
  const [head = '', ...items] = failed.message.split('\n');
  const listed = items.map(item => inertMarkdown(item.replace(/^\s*-\s/, ''), 2_000)).filter(item => item !== '');
  return [`${titleOf(failed)}${inertMarkdown(head, 2_000)}`, list(listed, limits)]
    .filter(part => part !== '')
    .join('\n\n');
}

function titleOf({ step, code }: FailureReport): string {
  const where = step === undefined ? '' : ` at ${step}`;
  return `${inertCode(code, 60)}${where}: `;
}

function wordsOf({ details }: FailureReport, { rows }: Limits): string {
  if (details.length === 0) return '';
  const shown = details.flatMap(text => text.split('\n')).map(line => shorten(line, LINE));
  const most = Math.min(LINES, rows);
  const cut = shown.length > most ? [`(and ${shown.length - most} more lines)`] : [];
  return inertBlock([...shown.slice(0, most), ...cut].join('\n'));
}
