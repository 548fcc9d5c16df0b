/** Asks a Prometheus server for a number and holds it against a limit. */
import type { PrometheusCheckConfig } from '../config/schema.js';
import { type HttpRequest, RequestFailed, request } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import { keeps } from '../lib/limits.js';
import { count } from '../lib/units.js';
import { filled } from './captures.js';
import { authorization, readTls } from './credentials.js';
import type { CheckResult, CheckTools, Subject } from './port.js';

type Reading = { readonly value: number } | { readonly problem: string };

/**
 * Queries until `passes` numbers in a row keep the limit, or more than `failures` did not, or more than `unknowns`
 * queries had no number. No server, an error, no sample, several, and NaN are all unknown: never a yes (P14).
 */
export async function inspectPrometheus(
  check: PrometheusCheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  const tls = await readTls(check.tls, tools.workspace);
  if ('problem' in tls) return { verdict: 'unknown', reason: `It could not be asked: ${tls.problem}.`, attempts: 0 };
  const query = queryOf(check, subject);
  const told = plain(query, 200);
  let [passed, failed, unknown] = [0, 0, 0];
  for (let attempts = 1; ; attempts++) {
    const reading = await ask(check, query, tls.files, signal);
    if ('problem' in reading) {
      tools.log.debug(`${told}, attempt ${attempts}: ${reading.problem}`);
      passed = 0;
      if (++unknown > check.unknowns) return { verdict: 'unknown', reason: `${told}: ${reading.problem}.`, attempts };
    } else if (keeps(check.expect, reading.value, 0)) {
      if (++passed === check.passes) return { verdict: 'pass', reason: `${told} is ${reading.value}.`, attempts };
    } else {
      passed = 0;
      const reason = `${told}: expected ${check.expect.text}, got ${reading.value}.`;
      if (++failed > check.failures) return { verdict: 'fail', reason, attempts };
    }
    await tools.clock.sleep(check.interval, signal);
  }
}

/** Names stand in quotes of PromQL: whatever would end them is taken out of its effect. */
function queryOf({ query }: PrometheusCheckConfig, { slot, serves, version }: Subject): string {
  const inQuotes = (name: string) =>
    name.replace(/[\\"'`\n]/g, character => (character === '\n' ? ' ' : `\\${character}`));
  const values = new Map([
    ['slot', inQuotes(slot ?? serves ?? '')],
    ['version', inQuotes(version ?? '')],
  ]);
  return filled(query, values, () => undefined);
}

async function ask(
  check: PrometheusCheckConfig,
  query: string,
  tls: HttpRequest['tls'],
  signal: AbortSignal,
): Promise<Reading> {
  try {
    const answer = await request({
      method: 'POST',
      url: `${check.url.replace(/\/$/, '')}/api/v1/query`,
      headers: { ...authorization(check.credentials), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query }).toString(),
      timeoutMs: check.timeout,
      tls,
      signal,
    });
    return readAnswer(answer.status, answer.text);
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown;
    return { problem: thrown.message.replace(/\.$/, '') };
  }
}

/** The one number of an answer; see "HTTP API" in the documentation of Prometheus. */
function readAnswer(status: number, text: string): Reading {
  let answer: { status?: unknown; error?: unknown; data?: { resultType?: unknown; result?: unknown } } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    return { problem: `the server answered ${status} with something that is no JSON` };
  }
  if (answer?.status !== 'success')
    return { problem: `the server answered ${status}: ${plain(String(answer?.error), 200)}` };
  const { resultType, result } = answer.data ?? {};
  if (resultType === 'scalar' && Array.isArray(result)) return numberOf(result[1]);
  if (resultType !== 'vector' || !Array.isArray(result))
    return { problem: `its result is a ${plain(String(resultType), 40)}, no number` };
  if (result.length === 0) return { problem: 'it has no data' };
  if (result.length > 1) return { problem: `its result has ${count(result.length, 'number')}; aggregate them to one` };
  const [sample] = result as { value?: unknown[] }[];
  return numberOf(sample?.value?.[1]);
}

function numberOf(text: unknown): Reading {
  const value = typeof text === 'string' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : { problem: `its result is ${plain(String(text), 40)}` };
}
