/** Approval by a URL: any system that can answer with JSON. Heavy to load (axios). */
import { describeRequest, RequestFailed, request } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import type { Decision, OpenQuestion, Question } from '../release/ask.js';
import type { Tools } from './port.js';

/** For one answer. */
const TIMEOUT_MS = 10_000;

/**
 * Asks by GET, with the release, version, gate and digest as query parameters. An answer 200 whose JSON says
 * `approved: true` or `approved: false` decides, with the names in `by`. Whatever else comes (another status, no
 * JSON, a `plan` that is another digest, no answer) decides nothing, and is asked again (P14).
 */
export async function askUrl(question: Question, tools: Tools): Promise<OpenQuestion> {
  const { approval } = tools;
  const url = new URL(approval.url ?? '');
  const { release, version } = question.plan;
  for (const [name, value] of Object.entries({ release, version, gate: question.gate, plan: question.digest }))
    url.searchParams.set(name, value);
  const where = describeRequest('GET', url.href);
  const ask = async (signal: AbortSignal) => {
    const { status, text } = await request({
      method: 'GET',
      url: url.href,
      headers: approval.headers,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return status === 200 ? readAnswer(text, question.digest) : `it answered ${status}`;
  };
  return {
    reference: where,
    how: 'a URL',
    link: undefined,
    invitation: `${where} is asked until it decides about plan ${question.digest}: {"approved": true} or {"approved": false}.`,
    look: async signal => {
      const answer = await ask(signal).catch(thrown => {
        if (thrown instanceof RequestFailed) return thrown.message;
        throw thrown;
      });
      return typeof answer === 'string'
        ? `waiting for ${where} to decide about the ${question.gate}: ${answer}`
        : answer;
    },
    close: async () => undefined,
  };
}

/** The decision, or why the text is none. */
export function readAnswer(text: string, digest: string): Decision | string {
  let answer: { approved?: unknown; by?: unknown; plan?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return 'its answer is not JSON';
  }
  if (typeof answer?.approved !== 'boolean') return 'its answer does not say approved: true or false';
  if (answer.plan !== undefined && answer.plan !== digest) return 'its answer is about another plan';
  const names = [answer.by ?? []].flat().filter(name => typeof name === 'string');
  const by = names.length > 0 ? names.map(name => plain(name, 100)) : ['the URL'];
  return { decision: answer.approved ? 'approved' : 'denied', by };
}
