/** What failed and why, what the platform said, what was done about it, what to do now: in this order. */
import { shorten } from '../../../lib/text.js';
import type { FailureReport, Outcome } from '../../../release/model.js';
import { failureStory } from '../../failure-story.js';
import { type Markup, markup } from '../markup.js';
import { block, code, type Limits, list, type Section, sentences } from '../parts.js';

export function failureSections(outcome: Outcome, limits: Limits): readonly Section[] {
  const story = failureStory(outcome);
  if (!story) return [];
  const also = list(story.others, limits, failed => messageOf(failed, limits));
  const commands = outcome.targets.flatMap(target => target.rollbackCommand ?? []);
  return [
    {
      id: 'failed',
      title: 'What failed',
      content: markup`${messageOf(story.first, limits)}${also && markup`<p>Then also:</p>${also}`}`,
    },
    {
      id: 'words',
      title: 'What the platform said',
      content: story.words.length > 0 ? block(story.words, limits) : markup``,
    },
    { id: 'done', title: 'What was done about it', content: markup`${sentences(story.done, limits)}` },
    {
      id: 'next',
      title: 'What to do now',
      content: markup`${sentences(story.next, limits)}${goBack(commands, limits)}`,
    },
  ].filter(({ content }) => content.text !== '');
}

/** Of a run in which nothing failed. */
export function quietSections({ failures, notes, targets }: Outcome, limits: Limits): readonly Section[] {
  if (failures.length > 0) return [];
  const known = sentences(notes, limits);
  const commands = targets.flatMap(target => target.rollbackCommand ?? []);
  return [
    { id: 'notes', title: 'What to know', content: markup`${known}` },
    {
      id: 'back',
      title: 'To go back by hand',
      content: commands.length > 0 ? block(commands, limits, true) : markup``,
    },
  ].filter(({ content }) => content.text !== '');
}

function goBack(commands: readonly string[], limits: Limits): Markup | undefined {
  return commands.length === 0 ? undefined : markup`<p>To go back by hand:</p>${block(commands, limits, true)}`;
}

/** The first line as it is; what a message lists below it becomes a list. */
function messageOf({ code: name, step, message }: FailureReport, limits: Limits): Markup {
  const [head = '', ...items] = message.split('\n');
  const listed = items.map(item => item.replace(/^\s*-\s/, '').trim()).filter(item => item !== '');
  const where = step === undefined ? '' : ` at ${step}`;
  return markup`<p>${code(name, limits)}${where}: ${shorten(head, limits.text)}</p>${sentences(listed, limits)}`;
}
