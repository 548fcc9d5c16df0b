/** Makes checks: the kind of each decides what is loaded, and all of them run at once. */
import type { CheckConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import type { CheckReport } from '../release/model.js';
import type { CheckRequest } from '../release/walk.js';
import type { CheckResult, CheckTools, Inspect, Subject } from './port.js';

export type CheckKind = 'http' | 'suite' | 'load' | 'prometheus' | 'command';

export function kindOf(check: CheckConfig): CheckKind {
  if ('suite' in check) return 'suite';
  if ('load' in check) return 'load';
  if ('prometheus' in check) return 'prometheus';
  return 'http' in check ? 'http' : 'command';
}

/** What a check is called in reports: its own name, or what it does. */
export function nameOf(check: CheckConfig): string {
  if (check.name !== undefined) return plain(check.name, 100);
  if ('http' in check) return plain(`${check.http.method} ${check.http.path}`, 100);
  if ('suite' in check)
    return plain(check.suite.requests.map(({ method, path }) => `${method} ${path}`).join(', '), 100);
  if ('load' in check) return plain(`load on ${check.load.path}`, 100);
  if ('prometheus' in check) return plain(`${check.prometheus.query} ${check.prometheus.expect.text}`, 100);
  return plain([check.command.run].flat().join(' '), 100);
}

/** Makes one check. Throws for the signal alone. */
export const inspect: Inspect = async (check, subject, tools, signal) => {
  try {
    return await look(check, subject, tools, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const reason = `It could not be made: ${plain(thrown instanceof Error ? thrown.message : String(thrown), 400)}`;
    return { verdict: 'unknown', reason, attempts: 0 };
  }
};

async function look(
  check: CheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  if ('http' in check) {
    const { inspectHttp } = await import('./http.js');
    return inspectHttp(check.http, subject, tools, signal);
  }
  if ('suite' in check) {
    const { inspectSuite } = await import('./suite.js');
    return inspectSuite(check.suite, subject, tools, signal);
  }
  if ('load' in check) {
    const { inspectLoad } = await import('./load.js');
    return inspectLoad(check.load, subject, signal);
  }
  if ('prometheus' in check) {
    const { inspectPrometheus } = await import('./prometheus.js');
    return inspectPrometheus(check.prometheus, subject, tools, signal);
  }
  const { inspectCommand } = await import('./command.js');
  return inspectCommand(check.command, subject, tools, signal);
}

/**
 * Makes all checks at once and reports them in their order. Throws for the signal alone, and only when every check has
 * ended: nothing that was started is left behind.
 */
export async function runChecks(
  request: CheckRequest,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<readonly CheckReport[]> {
  signal.throwIfAborted();
  const subject: Subject = { ...request, target: request.target.name, identity: request.target.identity };
  const reports = await Promise.allSettled(request.checks.map(check => report(check, request, subject, tools, signal)));
  signal.throwIfAborted();
  return reports.map(settled => {
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  });
}

async function report(
  check: CheckConfig,
  { step }: CheckRequest,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckReport> {
  const startedAt = tools.clock.now();
  const result = await inspect(check, subject, tools, signal);
  const durationMs = tools.clock.now() - startedAt;
  const { target, slot } = subject;
  const tolerated = result.verdict === 'unknown' && check['on-unknown'] === 'pass';
  return { name: nameOf(check), kind: kindOf(check), target, step, slot, ...result, tolerated, durationMs };
}
