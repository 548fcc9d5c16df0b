/** What is live now, what was before, and how to go back. */
import { inertBlock, inertCode } from '../../lib/inert.js';
import { shorten } from '../../lib/text.js';
import type { Outcome } from '../../release/model.js';
import { type Limits, rowsOf, section, slotText, table } from '../markdown.js';

export function targetsSection({ targets }: Outcome, limits: Limits): string {
  const rows = rowsOf(targets, limits, target => [
    inertCode(target.target, 60),
    target.live === undefined ? 'not known' : slotText(target.live, target.liveVersion),
    slotText(target.previous, target.previousVersion),
    target.switchedAt === undefined ? '–' : new Date(target.switchedAt).toISOString(),
  ]);
  const columns = ['target', 'live now', 'before', 'switched at'];
  return rows.length === 0 ? '' : section('What is live', table(columns, rows, limits));
}

/** Of a run in which nothing failed: another one says it with what to do now. */
export function rollbackSection(outcome: Outcome, limits: Limits): string {
  return outcome.failures.length > 0 ? '' : section('To go back by hand', rollbackBlock(outcome, limits));
}

/** The commands, to be copied; nothing when there is nothing to go back to. */
export function rollbackBlock({ targets }: Outcome, { rows }: Limits): string {
  const commands = targets.flatMap(target => target.rollbackCommand ?? []);
  if (commands.length === 0) return '';
  const most = Math.min(commands.length, rows);
  const cut = commands.length > most ? [`# and ${commands.length - most} more: result.json has them all`] : [];
  const shown = commands.slice(0, most).map(command => shorten(command, 4_000));
  return inertBlock([...shown, ...cut].join('\n'), 'sh');
}
