/** What an answer of the API means: its errors by code and title, its warnings, and how long to wait. Pure. */
import type { Failure } from '../../failures.js';
import type { HttpAnswer } from '../../lib/http.js';
import { plain } from '../../lib/inert.js';
import { cfFailure } from './failures.js';

interface ApiError {
  readonly code?: number;
  readonly title?: string;
  readonly detail?: string;
}

const INVALID_TOKEN = 1000;
const TAKEN = 10016;
const UNPROCESSABLE = 10008;

/** What JSON there is; undefined for none. The one of a 429 says that it is text. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asked says what came instead
  }
}

export function errorsOf({ text }: HttpAnswer): readonly ApiError[] {
  const body = jsonOf(text) as { errors?: unknown } | null | undefined;
  return Array.isArray(body?.errors) ? (body.errors as readonly ApiError[]) : [];
}

/** Whether a fresh token may be taken in place of this one. */
export function isTokenRefused(answer: HttpAnswer): boolean {
  return answer.status === 401 && errorsOf(answer).every(({ code }) => code === undefined || code === INVALID_TOKEN);
}

/** Each of the header's values is encoded as in a query. */
export function warningsOf({ headers }: HttpAnswer): readonly string[] {
  const values = (headers['x-cf-warnings'] ?? '').split(',').map(value => value.trim());
  return values.filter(value => value !== '').map(value => plain(decoded(value), 500));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** A refusal as a Failure that quotes the platform. */
export function answerFailure(server: string, what: string, answer: HttpAnswer): Failure {
  const { status, text } = answer;
  const errors = errorsOf(answer);
  const words = plain(errors.map(({ detail }) => detail ?? '').join(' '), 500);
  if (status === 401) return cfFailure('UNAUTHORIZED', { server, words });
  if (status === 403) return cfFailure('FORBIDDEN', { what, words });
  if (status === 404 && errors.length > 0) return cfFailure('GONE', { what, words });
  if (status === 429 || status >= 500) return cfFailure('SERVER_ERROR', { what, status, words });
  if (errors.length === 0) return cfFailure('NOT_JSON', { server, status, beginning: plain(text, 200) });
  const isTaken = errors.some(
    ({ code, detail = '' }) => code === TAKEN || (code === UNPROCESSABLE && /already exists/.test(detail)),
  );
  if (isTaken) return cfFailure('CONFLICT', { what, words });
  return cfFailure('REJECTED', { what, title: errors[0]?.title ?? `HTTP ${status}`, words });
}
