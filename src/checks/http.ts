/** Asks a path over HTTP and holds the answer against what was expected. */
import type { HttpCheckConfig } from '../config/schema.js';
import { describeRequest, RequestFailed, request } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import { count, formatDuration } from '../lib/units.js';
import { impossible, mismatches } from './expectations.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/** An attempt: why it failed, or how long the answer took. */
type Attempt = { readonly problem: string } | { readonly status: number; readonly ms: number };

/**
 * Asks until `passes` attempts in a row passed, or more than `retries` failed; each failure starts the row again.
 * No answer at all (refused, reset, TLS, timeout) is a failed attempt: to a user it is no better than a wrong one.
 */
export async function inspectHttp(
  check: HttpCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const what = `${check.method} ${plain(check.path, 100)}`;
  const why = impossible(check.expect, subject) ?? wrongUrl(subject.url + check.path);
  if (why) return { verdict: 'unknown', reason: `${what} could not be checked: ${why}.`, attempts: 0 };
  let passed = 0;
  let failed = 0;
  for (let attempts = 1; ; attempts++) {
    const attempt = await ask(check, subject, signal);
    if ('problem' in attempt) {
      tools.log.debug(`${what}, attempt ${attempts}: ${attempt.problem}`);
      passed = 0;
      failed++;
      if (failed > check.retries)
        return { verdict: 'fail', reason: failText(what, attempt.problem, attempts), attempts };
    } else {
      passed++;
      if (passed === check.passes) return { verdict: 'pass', reason: passText(what, attempt, check), attempts };
    }
    await tools.clock.sleep(check.interval, signal);
  }
}

async function ask(check: HttpCheckConfig, subject: Subject, signal: AbortSignal): Promise<Attempt> {
  const url = subject.url + check.path;
  try {
    const answer = await request({
      method: check.method,
      url,
      headers: check.headers,
      body: check.body,
      timeoutMs: check.timeout,
      // A user who comes new opens a connection of their own; a kept one could still lead to the other slot.
      freshConnection: true,
      signal,
    });
    const wrong = mismatches(check.expect, answer, subject);
    return wrong.length > 0 ? { problem: wrong.join('; ') } : { status: answer.status, ms: answer.ms };
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown;
    const prefix = `${describeRequest(check.method, url)} `;
    return { problem: thrown.message.replace(prefix, '').replace(/\.$/, '') };
  }
}

function wrongUrl(url: string): string | undefined {
  return URL.canParse(url) ? undefined : `${plain(url, 100)} is not a URL`;
}

function failText(what: string, problem: string, attempts: number): string {
  const tried = attempts > 1 ? ` (${count(attempts, 'attempt')})` : '';
  return plain(`${what}: ${problem}${tried}.`, 600);
}

function passText(what: string, attempt: { status: number; ms: number }, check: HttpCheckConfig): string {
  const row = check.passes > 1 ? `, ${check.passes} times in a row` : '';
  return `${what} answered ${attempt.status} in ${formatDuration(attempt.ms)}${row}.`;
}
