/** Asks a path over HTTP and holds the answer against what was expected. */
import type { HttpCheckConfig } from '../config/schema.js';
import { describeRequest, type HttpAnswer, type HttpRequest, RequestFailed, request } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import { count, formatDuration } from '../lib/units.js';
import { authorization, readTls } from './credentials.js';
import { impossible, mismatches } from './expectations.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

/** An attempt: why it failed, or what was answered. */
type Attempt = { readonly problem: string } | { readonly answer: HttpAnswer };

/** What came of a request; `answer` is the last one when it passed. */
export interface HttpResult extends CheckResult {
  readonly answer: HttpAnswer | undefined;
}

/** @see askUntil */
export async function inspectHttp(
  check: HttpCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { answer: _, ...result } = await askUntil(check, subject, tools, signal);
  return result;
}

/**
 * Asks until `passes` attempts in a row passed, or more than `retries` failed; each failure starts the row again.
 * No answer at all (refused, reset, TLS, timeout) is a failed attempt: to a user it is no better than a wrong one.
 */
export async function askUntil(
  check: HttpCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<HttpResult> {
  const what = `${check.method} ${plain(check.path, 100)}`;
  const tls = await readTls(check.tls, tools.workspace);
  const why =
    impossible(check.expect, subject) ??
    wrongUrl(subject.url + check.path) ??
    ('problem' in tls ? tls.problem : undefined);
  if (why || 'problem' in tls) {
    return { verdict: 'unknown', reason: `${what} could not be checked: ${why}.`, attempts: 0, answer: undefined };
  }
  let passed = 0;
  let failed = 0;
  for (let attempts = 1; ; attempts++) {
    const attempt = await ask(check, subject, tls.files, signal);
    if ('problem' in attempt) {
      tools.log.debug(`${what}, attempt ${attempts}: ${attempt.problem}`);
      passed = 0;
      failed++;
      if (failed > check.retries) {
        return { verdict: 'fail', reason: failText(what, attempt.problem, attempts), attempts, answer: undefined };
      }
    } else {
      passed++;
      const { answer } = attempt;
      if (passed === check.passes) return { verdict: 'pass', reason: passText(what, answer, check), attempts, answer };
    }
    await tools.clock.sleep(check.interval, signal);
  }
}

async function ask(
  check: HttpCheckConfig,
  subject: Subject,
  tls: HttpRequest['tls'],
  signal: AbortSignal,
): Promise<Attempt> {
  const url = subject.url + check.path;
  try {
    const answer = await request({
      method: check.method,
      url,
      headers: { ...authorization(check.credentials), ...check.headers },
      body: check.body,
      timeoutMs: check.timeout,
      // A user who comes new opens a connection of their own; a kept one could still lead to the other slot.
      freshConnection: true,
      tls,
      signal,
    });
    const wrong = mismatches(check.expect, answer, subject);
    return wrong.length > 0 ? { problem: wrong.join('; ') } : { answer };
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

function passText(what: string, answer: HttpAnswer, check: HttpCheckConfig): string {
  const row = check.passes > 1 ? `, ${check.passes} times in a row` : '';
  return `${what} answered ${answer.status} in ${formatDuration(answer.ms)}${row}.`;
}
