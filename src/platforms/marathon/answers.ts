/** What an answer of Marathon, Edge-LB or the gateway before them means: JSON, nothing there, or a Failure. */
import type { Failure } from '../../failures.js';
import type { HttpAnswer } from '../../lib/http.js';
import { marathonFailure } from './failures.js';

/** The gateway's own errors are HTML or text; so much of them is kept. */
const KEPT = 300;

interface ErrorBody {
  readonly message?: unknown;
  /** A list from the validation of a definition; a text when the request was no JSON. */
  readonly details?: unknown;
  /** Of a lock: the deployments that hold it. */
  readonly deployments?: readonly { readonly id?: string }[];
}

export function isJson({ headers }: HttpAnswer): boolean {
  return /\bjson\b/i.test(headers['content-type'] ?? '');
}

/** Whether the gateway does not know the service behind it (yet): its table of services is seconds old. */
export function isGatewayLost(answer: HttpAnswer): boolean {
  return answer.status === 404 && !isJson(answer) && /service not found|<html/i.test(answer.text);
}

/** The deployments that keep an app locked; undefined when the answer is no such refusal. */
export function locksOf(answer: HttpAnswer): readonly string[] | undefined {
  const body = errorBody(answer);
  if (answer.status === 409 && Array.isArray(body?.deployments)) return body.deployments.map(({ id }) => String(id));
  // Marathon has a limit of its own for deployments at once, and says so as if it were a permission.
  if (answer.status === 403 && /running deployments/i.test(String(body?.message ?? ''))) return [];
  return undefined;
}

/** The JSON of a good answer; undefined for 404 and for a good answer without a body. Throws otherwise. */
export function parseAnswer(server: string, what: string, answer: HttpAnswer): unknown {
  if (answer.status === 404 && !isGatewayLost(answer)) return undefined;
  if (answer.status < 200 || answer.status > 299) throw answerFailure(server, what, answer);
  if (answer.text.trim() === '') return undefined;
  try {
    return JSON.parse(answer.text);
  } catch (cause) {
    if (isJson(answer)) throw marathonFailure('TRUNCATED', { server, what }, { cause });
    throw marathonFailure('NOT_JSON', { server, status: answer.status, beginning: shorten(answer.text) }, { cause });
  }
}

/** The failure that a refusal stands for, with the server's own words. */
export function answerFailure(server: string, what: string, answer: HttpAnswer): Failure {
  const { status } = answer;
  const words = wordsOf(answer);
  const facts = { what, status, words };
  const details = detailsOf(errorBody(answer)?.details);
  const options = details.length ? { details } : {};
  if (status === 401) return marathonFailure('UNAUTHORIZED', { server, words }, options);
  if (status === 403) return marathonFailure('FORBIDDEN', facts, options);
  if (status === 404) return marathonFailure('NOT_FOUND', facts, options);
  if (status === 409) return marathonFailure('CONFLICT', facts, options);
  if (status >= 500) return marathonFailure('SERVER_ERROR', facts, options);
  if (status >= 400) return marathonFailure('REJECTED', facts, options);
  return marathonFailure('NOT_JSON', { server, status, beginning: words || 'nothing' }, options);
}

export function wordsOf(answer: HttpAnswer): string {
  const body = errorBody(answer);
  if (body === undefined) return shorten(answer.text);
  return [body.message, ...detailsOf(body.details)].filter(part => part !== undefined).join(' ');
}

function errorBody(answer: HttpAnswer): ErrorBody | undefined {
  if (!isJson(answer)) return undefined;
  try {
    const parsed: unknown = JSON.parse(answer.text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined; // its text is shown as it is
  }
}

/** Such as `/id: error.expected.jsstring`. */
function detailsOf(details: unknown): readonly string[] {
  if (typeof details === 'string') return [details];
  if (!Array.isArray(details)) return [];
  return details.map(detail => {
    const { path = '', errors = [] } = detail as { path?: string; errors?: readonly unknown[] };
    return `${path}: ${errors.map(String).join(' ')}`;
  });
}

function shorten(text: string): string {
  const line = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > KEPT ? `${line.slice(0, KEPT)}…` : line;
}
