/** Makes a check: its kind decides what is loaded. */
import type { CheckConfig, LogCacheCheckConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import { MEASURES, USAGES } from '../lib/limits.js';
import type { CheckResult, CheckTools, Inspect, Subject } from './port.js';

export type CheckKind = 'http' | 'suite' | 'load' | 'prometheus' | 'log-cache' | 'command';

export function kindOf(check: CheckConfig): CheckKind {
  if ('suite' in check) return 'suite';
  if ('load' in check) return 'load';
  if ('prometheus' in check) return 'prometheus';
  if ('log-cache' in check) return 'log-cache';
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
  if ('log-cache' in check) return plain(`log-cache ${limitsText(check['log-cache'])}`, 100);
  return plain([check.command.run].flat().join(' '), 100);
}

/** `errors < 1%, p95 <= 250ms` */
function limitsText(limits: LogCacheCheckConfig): string {
  return [...MEASURES, ...USAGES].flatMap(kpi => (limits[kpi] ? `${kpi} ${limits[kpi].text}` : [])).join(', ');
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
    return inspectLoad(check.load, subject, tools, signal);
  }
  if ('prometheus' in check) {
    const { inspectPrometheus } = await import('./prometheus.js');
    return inspectPrometheus(check.prometheus, subject, tools, signal);
  }
  if ('log-cache' in check) {
    const { inspectLogCache } = await import('./log-cache.js');
    return inspectLogCache(check['log-cache'], subject, tools, signal);
  }
  const { inspectCommand } = await import('./command.js');
  return inspectCommand(check.command, subject, tools, signal);
}
