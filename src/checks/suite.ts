/** Several requests in a row, each of which may use what those before it were answered. */
import type { HttpCheckConfig, SuiteCheckConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import { DeadlinePassed, deadline } from '../lib/poll.js';
import { count, formatDuration } from '../lib/units.js';
import { captured, filled } from './captures.js';
import { Cookies } from './cookies.js';
import { askUntil } from './http.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

type SuiteRequest = SuiteCheckConfig['requests'][number];

/** What the requests share. `slot` and `version` are there from the beginning. */
interface Conversation {
  readonly values: Map<string, string>;
  readonly cookies: Cookies;
}

/** Passes when every request did. It ends at the first one that did not: those after it rely on it. */
export async function inspectSuite(
  suite: SuiteCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  using limit = deadline(signal, suite.deadline);
  const values = new Map([
    ['slot', subject.slot ?? ''],
    ['version', subject.version ?? ''],
  ]);
  const conversation = { values, cookies: new Cookies() };
  let attempts = 0;
  const started = tools.clock.now();
  for (const [index, request] of suite.requests.entries()) {
    const place = `request ${index + 1} of ${suite.requests.length}`;
    try {
      const result = await oneRequest(suite, request, conversation, subject, tools, limit.signal);
      attempts += result.attempts;
      if (result.verdict !== 'pass') return { ...result, reason: `${place}: ${result.reason}`, attempts };
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(limit.signal.reason instanceof DeadlinePassed)) throw thrown;
      const reason = `${place}: the suite took longer than ${formatDuration(suite.deadline)}.`;
      return { verdict: 'fail', reason, attempts };
    }
  }
  const took = formatDuration(tools.clock.now() - started);
  return { verdict: 'pass', reason: `${count(suite.requests.length, 'request')} passed in ${took}.`, attempts };
}

async function oneRequest(
  suite: SuiteCheckConfig,
  written: SuiteRequest,
  { values, cookies }: Conversation,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const missing: string[] = [];
  const { capture, ...request } = written;
  const ready = filled<HttpCheckConfig>(request, values, name => missing.push(name));
  if (missing.length > 0) {
    const reason = `it uses {{${missing[0]}}}, which no request before it captured.`;
    return { verdict: 'unknown', reason, attempts: 0 };
  }
  const check = {
    ...ready,
    headers: { ...(suite.cookies ? cookies.header : {}), ...ready.headers },
    credentials: ready.credentials ?? suite.credentials,
    tls: ready.tls ?? suite.tls,
  };
  const { answer, ...result } = await askUntil(check, subject, tools, signal);
  if (!answer) return result;
  cookies.keep(answer.cookies ?? [], tools.clock.now());
  for (const [name, where] of Object.entries(capture)) {
    const value = captured(where, answer);
    if (value === undefined) {
      const reason = `${check.method} ${plain(check.path, 100)}: its answer has nothing to capture as ${name}.`;
      return { ...result, verdict: 'fail', reason };
    }
    if (where.secret) tools.mask?.(value);
    values.set(name, value);
  }
  return result;
}
