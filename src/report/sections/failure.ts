/** A failed run, told in the order in which people ask; and what else a person should know. */
import { inertBlock, inertCode, inertMarkdown } from '../../lib/inert.js';
import { shorten } from '../../lib/text.js';
import type { FailureReport, Outcome } from '../../release/model.js';
import { failureStory } from '../failure-story.js';
import { type Limits, list, section } from '../markdown.js';
import { rollbackBlock } from './targets.js';

/** Of the platform's own words. */
const LINES = 40;
const LINE = 300;

/** What failed and why, what the platform said, what was done about it, what to do now; nothing when nothing failed. */
export function failureSections(outcome: Outcome, limits: Limits): string {
  const story = failureStory(outcome);
  if (!story) return '';
  const { first, others, words, done, next } = story;
  const also = list(others, limits, failed => `${titleOf(failed)}${inertMarkdown(failed.message)}`);
  const goBack = rollbackBlock(outcome, limits);
  return [
    section('What failed', messageOf(first, limits), also && `Then also:\n\n${also}`),
    section('What the platform said', wordsOf(words, limits)),
    section('What was done about it', sentences(done, limits)),
    section('What to do now', sentences(next, limits), goBack && `To go back by hand:\n\n${goBack}`),
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

/** What a person should know after a run in which nothing failed. */
export function notesSection({ notes, failures }: Outcome, limits: Limits): string {
  return failures.length > 0 ? '' : section('What to know', sentences(notes, limits));
}

function sentences(texts: readonly string[], limits: Limits): string {
  return list(texts, limits, text => inertMarkdown(text, 1_000));
}

/** The first line as it is; what a message lists below it becomes a list. */
function messageOf(failed: FailureReport, limits: Limits): string {
  const [head = '', ...items] = failed.message.split('\n');
  const listed = items.map(item => item.replace(/^\s*-\s/, '').trim()).filter(item => item !== '');
  const below = list(listed, limits, item => inertMarkdown(item, 2_000));
  return [`${titleOf(failed)}${inertMarkdown(head, 2_000)}`, below].filter(part => part !== '').join('\n\n');
}

function titleOf({ step, code }: FailureReport): string {
  const where = step === undefined ? '' : ` at ${step}`;
  return `${inertCode(code, 60)}${where}: `;
}

function wordsOf(words: readonly string[], { rows }: Limits): string {
  if (words.length === 0) return '';
  const most = Math.min(LINES, rows);
  const shown = words.slice(0, most).map(line => shorten(line, LINE));
  const cut = words.length > most ? [`(and ${words.length - most} more lines)`] : [];
  return inertBlock([...shown, ...cut].join('\n'));
}
