/** The job summary: Markdown that tells an on-call engineer in ten seconds what is live, what failed, and what to do. */
import { inertMarkdown } from '../lib/inert.js';
import { cutLines } from '../lib/text.js';
import type { Outcome } from '../release/model.js';
import type { Limits } from './markdown.js';
import { outcomeLine, signOf } from './outcome-line.js';
import { approvalsSection } from './sections/approvals.js';
import { changesSection } from './sections/changes.js';
import { checksSection } from './sections/checks.js';
import { evidenceSection } from './sections/evidence.js';
import { failureSections, notesSection } from './sections/failure.js';
import { findingsSection } from './sections/findings.js';
import { routingSection } from './sections/routing.js';
import { stepsSection } from './sections/steps.js';
import { rollbackSection, targetsSection } from './sections/targets.js';

/** GitHub drops a summary of more than 1 MiB whole, and other steps of the job may write to it as well. */
export const SUMMARY_BYTES = 900_000;

/** Rows of each table: as many as fit; the first is what people read, the last fits whatever the input. */
const ROWS: readonly number[] = [200, 50, 10, 1];

/** Verdict first, then what failed, why, whose words, what was done and what to do; every text from outside is inert (P16). Below 900 kB whatever the outcome holds. */
export function summary(outcome: Outcome): string {
  let text = '';
  for (const rows of ROWS) {
    text = render(outcome, { rows });
    if (Buffer.byteLength(text) <= SUMMARY_BYTES) return text;
  }
  return cutLines(text, SUMMARY_BYTES, '_The rest was cut: result.json has everything._');
}

function render(outcome: Outcome, limits: Limits): string {
  const sections = [
    `## ${signOf(outcome.result)} ${inertMarkdown(outcomeLine(outcome), 1_000)}`,
    failureSections(outcome, limits),
    notesSection(outcome, limits),
    targetsSection(outcome, limits),
    rollbackSection(outcome, limits),
    stepsSection(outcome, limits),
    checksSection(outcome, limits),
    approvalsSection(outcome, limits),
    routingSection(outcome, limits),
    evidenceSection(outcome, limits),
    findingsSection(outcome.findings, limits),
    changesSection('Writes made', outcome.changes, limits),
  ];
  return `${sections.filter(section => section !== '').join('\n\n')}\n`;
}
