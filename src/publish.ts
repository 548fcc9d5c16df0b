/** What a run leaves behind: files, outputs, the job summary and the last line of the log. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from './config/schema.js';
import { asFailure } from './failures.js';
import type { Host, World } from './hosts/port.js';
import { systemClock } from './lib/poll.js';
import type { Outcome, Plan, TargetOutcome } from './release/model.js';
import { junitXml } from './report/junit.js';
import { outcomeLine } from './report/outcome-line.js';
import { planMarkdown } from './report/plan.js';
import { resultJson } from './report/result.js';
import { summary } from './report/summary.js';

/** Nothing here decides a release: what cannot be written is a warning, and the exit code stays what it is. */
export async function publish(
  host: Host,
  world: World,
  outcome: Outcome,
  directory: string | undefined,
  plan?: Plan,
): Promise<void> {
  const report = await attempt(host, 'The report files', () => writeReports(host, world, outcome, directory));
  await attempt(host, 'The outputs', () => writeOutputs(host, outcome, report));
  await attempt(host, 'The summary', () => host.summary(host.redact(markdownOf(outcome, plan))));
  const line = outcomeLine(outcome);
  const failed = outcome.failures[0];
  if (failed) host.fail(`${line} ${failed.message} ${failed.hint}`);
  else host.log.info(line);
}

/** What was only planned is told by the plan; everything else by what was done. */
function markdownOf(outcome: Outcome, plan: Plan | undefined): string {
  const isPlanOnly =
    plan !== undefined && outcome.result === 'succeeded' && !outcome.steps.some(({ step }) => step === 'claim');
  return isPlanOnly ? planMarkdown(plan, outcome.findings) : summary(outcome);
}

async function attempt<T>(host: Host, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    host.log.warning(`${what} could not be written: ${asFailure(thrown).message}`);
    return undefined;
  }
}

/** Answers the path of result.json. */
async function writeReports(
  host: Host,
  world: World,
  outcome: Outcome,
  directory: string | undefined,
): Promise<string> {
  const temporary = world.environment.RUNNER_TEMP ?? tmpdir();
  const folder = directory ? resolve(world.workspace, directory) : join(temporary, `cutover-${host.run.id}`);
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'result.json');
  await writeFile(path, host.redact(`${JSON.stringify(resultJson(outcome), null, 2)}\n`));
  await writeFile(join(folder, 'junit.xml'), host.redact(junitXml(outcome)));
  await writeFile(join(folder, 'summary.md'), host.redact(summary(outcome)));
  return path;
}

async function writeOutputs(host: Host, outcome: Outcome, report: string | undefined): Promise<void> {
  const { targets } = outcome;
  const switchedAt = Math.max(0, ...targets.flatMap(target => target.switchedAt ?? []));
  const outputs: Readonly<Record<string, string>> = {
    result: outcome.result,
    live: ofTargets(targets, target => target.live),
    previous: ofTargets(targets, target => target.previous),
    version: outcome.version,
    'switched-at': switchedAt > 0 ? new Date(switchedAt).toISOString() : '',
    'rollback-command': targets.flatMap(target => target.rollbackCommand ?? []).join(' && '),
    report: report ?? '',
    evidence: JSON.stringify(evidenceInShort(outcome)),
    release: outcome.release,
    'next-verb': outcome.next ?? '',
    approvals: JSON.stringify(resultJson(outcome).approvals),
  };
  for (const [name, value] of Object.entries(outputs)) await host.output(name, host.redact(value));
}

/** Without the seconds, which are in result.json: outputs have a limit, and a later step asks for the sums. */
function evidenceInShort(outcome: Outcome) {
  const { evidence } = resultJson(outcome);
  return { ...evidence, probes: evidence.probes.map(({ spans: _, ...sums }) => sums) };
}

/** A lone target's value as it is; those of several as `name=value`. */
function ofTargets(targets: readonly TargetOutcome[], value: (target: TargetOutcome) => string | undefined): string {
  const [only, ...others] = targets;
  if (only && others.length === 0) return value(only) ?? '';
  return targets.flatMap(target => (value(target) ? [`${target.target}=${value(target)}`] : [])).join(',');
}

/** Posts the result to where the configuration says. What goes wrong is a warning: a release does not hang on it. */
export async function notify(host: Host, outcome: Outcome, wanted: Config['notify']): Promise<void> {
  if (!wanted) return;
  const { url, secret } = wanted;
  if (secret !== undefined) host.mask(secret);
  const body = host.redact(JSON.stringify({ ...resultJson(outcome), evidence: evidenceInShort(outcome) }));
  await attempt(host, 'The notification', async () => {
    const { postSigned } = await import('./lib/post-signed.js');
    // A run that was cancelled has an end to tell, too.
    const problem = await postSigned({ url, secret, body, clock: systemClock }, new AbortController().signal);
    if (problem !== undefined) host.log.warning(`The notification was not taken: ${problem}`);
  });
}
