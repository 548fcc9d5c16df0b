/** What an answer of the API means: JSON, nothing there, or a Failure with the server's own words. */
import type { Failure } from '../../failures.js';
import { kubernetesFailure, type Subject } from './failures.js';
import type { Answer } from './server.js';

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** The JSON of a good answer; undefined for 404 (no such object, or no such kind on this server). Throws otherwise. */
export function parseAnswer(server: string, subject: Subject, answer: Answer): unknown {
  if (answer.status === 404) return undefined;
  if (answer.status < 200 || answer.status > 299) throw answerFailure(server, subject, answer);
  try {
    return JSON.parse(answer.text);
  } catch (cause) {
    if (isJson(answer)) throw kubernetesFailure('TRUNCATED', { server, subject }, { cause });
    throw notJson(server, answer, cause);
  }
}

/** The failure that a refusal stands for. */
export function answerFailure(server: string, subject: Subject, answer: Answer): Failure {
  const { status } = answer;
  const said = readStatus(answer);
  if (!said && status !== 404) return notJson(server, answer);
  const words = said?.message ?? '';
  const causes = (said?.details?.causes ?? []).map(cause => `${cause.field ?? ''}: ${cause.message ?? ''}`);
  const facts = { subject, status, words };
  const options = causes.length ? { details: causes } : {};
  if (status === 401) return kubernetesFailure('UNAUTHORIZED', { server, words }, options);
  if (status === 403) return kubernetesFailure('FORBIDDEN', { ...facts, subject: refused(subject, words) }, options);
  if (status === 404) return kubernetesFailure('NOT_FOUND', facts, options);
  if (status === 409) return kubernetesFailure('CONFLICT', facts, options);
  if (status === 429) return kubernetesFailure('THROTTLED', facts, options);
  if (status >= 500) return kubernetesFailure('SERVER_ERROR', facts, options);
  return kubernetesFailure('REJECTED', facts, options);
}

/** What the server says was missing: an apply that creates needs `create` too, beside the `patch` that was sent. */
function refused(subject: Subject, words: string): Subject {
  const [, verb = subject.verb, resource = subject.resource] = /cannot (\w+) resource "([^"]+)"/.exec(words) ?? [];
  return { ...subject, verb, resource };
}

function readStatus(answer: Answer): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(answer.text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    // The API answers some refusals in plain text: `404 page not found`, or a 429 of its overload protection.
    return isHtml(answer) ? undefined : { message: shorten(answer.text) };
  }
}

function notJson(server: string, answer: Answer, cause?: unknown): Failure {
  const facts = { server, status: answer.status, beginning: shorten(answer.text) || 'nothing' };
  return kubernetesFailure('NOT_JSON', facts, cause === undefined ? {} : { cause });
}

function isJson(answer: Answer): boolean {
  return /json/i.test(answer.headers['content-type'] ?? '');
}

function isHtml(answer: Answer): boolean {
  return /html/i.test(answer.headers['content-type'] ?? '') || answer.text.trimStart().startsWith('<');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
