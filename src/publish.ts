/** What a run leaves behind: files, outputs, the job summary and the last line of the log. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { asFailure, EXIT_CODES } from './failures.js';
import type { Host, World } from './hosts/port.js';
import type { Outcome, Plan, TargetOutcome } from './release/model.js';
import { junitXml } from './report/junit.js';
import { masked } from './report/masked.js';
import { outcomeLine } from './report/outcome-line.js';
import { planMarkdown } from './report/plan.js';
import { resultInShort, resultJson } from './report/result.js';
import { summary } from './report/summary.js';

/** Nothing here decides a release: what cannot be written is a warning, and the exit code stays what it is. */
export async function publish(
  host: Host,
  world: World,
  whole: Outcome,
  directory: string | undefined,
  plan?: Plan,
): Promise<void> {
  const outcome = masked(whole, text => host.redact(text));
  const files = await writeReports(host, world, outcome, directory);
  await attempt(host, 'The outputs', () => writeOutputs(host, outcome, files));
  await attempt(host, 'The summary', () => host.summary(host.redact(markdownOf(outcome, plan))));
  host.data?.(resultJson(outcome));
  const line = outcomeLine(outcome);
  const failed = outcome.failures[0];
  if (failed) host.fail(`${line} ${failed.message} ${failed.hint}`);
  else host.log.info(line);
}

/** Nothing but words, and what a machine asked for: no file, no output. Answers the exit code. */
export function sayOnly(host: Host, whole: Outcome): number {
  const outcome = masked(whole, text => host.redact(text));
  host.data?.(resultJson(outcome));
  host.log.info([outcomeLine(outcome), ...outcome.notes].join(' '));
  return EXIT_CODES[outcome.result];
}

/** What was only planned is told by the plan; everything else by what was done. */
function markdownOf(outcome: Outcome, plan: Plan | undefined): string {
  const isPlanOnly =
    plan !== undefined && outcome.result === 'succeeded' && !outcome.steps.some(({ step }) => step === 'claim');
  return isPlanOnly ? planMarkdown(plan, outcome.findings) : summary(outcome);
}

async function attempt(host: Host, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    host.log.warning(`${what} could not be written: ${asFailure(thrown).message}`);
  }
}

/** The files of a run, by name. Each is made for itself: one that fails keeps none of the others from being written. */
const FILES = {
  'result.json': async (outcome: Outcome) => `${JSON.stringify(resultJson(outcome), null, 2)}\n`,
  'summary.md': async (outcome: Outcome) => summary(outcome),
  'junit.xml': async (outcome: Outcome) => junitXml(outcome),
  // Heavy, and needed at the end alone.
  'report.html': async (outcome: Outcome, { run, redact }: Host) =>
    (await import('./report/html/index.js')).reportHtml(outcome, { actor: redact(run.actor), link: run.link }),
};

type FileName = keyof typeof FILES;
type Paths = Readonly<Partial<Record<FileName, string>>>;

/** Answers the paths of those that were written. */
async function writeReports(host: Host, world: World, outcome: Outcome, directory: string | undefined): Promise<Paths> {
  const temporary = world.environment.RUNNER_TEMP ?? tmpdir();
  const folder = directory ? resolve(world.workspace, directory) : join(temporary, `cutover-${host.run.id}`);
  const paths: Partial<Record<FileName, string>> = {};
  for (const name of Object.keys(FILES) as FileName[]) {
    await attempt(host, name, async () => {
      const text = await FILES[name](outcome, host);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), text);
      paths[name] = join(folder, name);
    });
  }
  await attempt(host, 'What the host collects', async () => {
    for (const [name, text] of Object.entries(host.filesBeside?.(outcome, folder) ?? {})) {
      await writeFile(join(folder, name), text);
    }
  });
  return paths;
}

async function writeOutputs(host: Host, outcome: Outcome, files: Paths): Promise<void> {
  const { targets } = outcome;
  const switchedAt = Math.max(0, ...targets.flatMap(target => target.switchedAt ?? []));
  const outputs: Readonly<Record<string, string>> = {
    result: outcome.result,
    live: ofTargets(targets, target => target.live),
    previous: ofTargets(targets, target => target.previous),
    version: outcome.version,
    'switched-at': switchedAt > 0 ? new Date(switchedAt).toISOString() : '',
    'rollback-command': targets.flatMap(target => target.rollbackCommand ?? []).join(' && '),
    report: files['result.json'] ?? '',
    'report-html': files['report.html'] ?? '',
    evidence: JSON.stringify(resultInShort(outcome).evidence),
    release: outcome.release,
    'next-verb': outcome.next ?? '',
    approvals: JSON.stringify(resultJson(outcome).approvals),
  };
  for (const [name, value] of Object.entries(outputs)) await host.output(name, host.redact(value));
}

/** A lone target's value as it is; those of several as `name=value`. */
function ofTargets(targets: readonly TargetOutcome[], value: (target: TargetOutcome) => string | undefined): string {
  const [only, ...others] = targets;
  if (only && others.length === 0) return value(only) ?? '';
  return targets.flatMap(target => (value(target) ? [`${target.target}=${value(target)}`] : [])).join(',');
}
