/** The end of a run that could not even begin: its command line, its configuration or its connection was no good. */
import { asFailure, EXIT_CODES, reportFailure } from './failures.js';
import type { World } from './hosts/port.js';
import { systemClock } from './lib/poll.js';
import { type Outcome, VERBS } from './release/model.js';

/** @param asked the verb as it was given, if it was */
export function neverBegun(thrown: unknown, startedAt: number, asked?: string): Outcome {
  const failed = asFailure(thrown);
  return {
    result: failed.result,
    verb: VERBS.find(verb => verb === asked) ?? 'run',
    release: '',
    version: '',
    startedAt,
    durationMs: systemClock.now() - startedAt,
    targets: [],
    steps: [],
    findings: [],
    changes: [],
    checks: [],
    evidence: { switches: [], probes: [] },
    approvals: [],
    failures: [reportFailure(failed, undefined)],
    notes: [],
  };
}

/**
 * For what was thrown where there is no host yet, or a command has none. People are told on stderr, and a machine that
 * asked for `--json` gets its document on stdout. Answers the exit code of the result.
 */
export async function stopped(thrown: unknown, world: World): Promise<number> {
  const { openSink } = await import('./hosts/sink.js');
  const { safe, redact } = openSink();
  const failed = asFailure(thrown);
  const stack = world.environment.CUTOVER_DEBUG && failed.cause instanceof Error ? `\n${failed.cause.stack}` : '';
  world.stderr.write(`${safe(`${failed.message} ${failed.hint}${stack}`)}\n`);
  if (world.arguments.includes('--json')) {
    const { resultJson } = await import('./report/result.js');
    const document = resultJson(neverBegun(thrown, systemClock.now(), world.arguments[0]));
    world.stdout.write(`${redact(JSON.stringify(document))}\n`);
  }
  return EXIT_CODES[failed.result];
}
