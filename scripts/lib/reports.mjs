/** Figures of rendering: the longest reports there can be, by the compiled sources. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { longestOutcome } from './longest-outcome.mjs';

const root = join(fileURLToPath(import.meta.url), '../../..');

/** What the longest reports cost, rendered by the compiled sources. */
export async function reports() {
  if (!existsSync(join(root, 'build/report/html/index.js'))) {
    execFileSync('npm', ['run', '--silent', 'compile'], { cwd: root, stdio: 'inherit' });
  }
  const { summary } = await import('../../build/report/summary.js');
  const { reportHtml } = await import('../../build/report/html/index.js');
  const outcome = longestOutcome();
  const about = { actor: undefined, link: undefined };
  const html = await timed(() => reportHtml(outcome, about));
  const markdown = await timed(() => summary(outcome));
  const bytes = Buffer.byteLength(html.made);
  const told = `${outcome.steps.length} of everything, ${outcome.evidence.probes.length} probes of an hour`;
  const row = (name, value, unit, bound) => ({ name, value, unit, bound, told });
  return [
    row('rendering the longest summary', markdown.seconds, ' s', 3),
    row('rendering the longest report.html', html.seconds, ' s', 3),
    row('size of the longest report.html', bytes / 1_000_000, ' MB', 2),
  ];
}

async function timed(work) {
  const startedAt = performance.now();
  const made = await work();
  return { made, seconds: (performance.now() - startedAt) / 1_000 };
}
