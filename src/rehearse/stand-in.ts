/** A program that stands in for the user's own: it answers what the user's checks expect to hear. */
import type { CheckConfig, Config } from '../config/schema.js';
import type { Answer } from '../embedded/dataplane/index.js';

/** Answers by path, made of the expectations of all HTTP checks. What a regex asks for cannot be made up. */
export function answersFor(config: Config): Readonly<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  for (const check of [...config.verify, ...config.bake.checks]) {
    if (!('http' in check)) continue;
    const path = check.http.path.split('?')[0] ?? '/';
    answers[path] = { ...answers[path], ...answerTo(check) };
  }
  return answers;
}

/** Expectations that the stand-in cannot meet, one sentence each. */
export function beyondStandIn(config: Config): readonly string[] {
  return [...config.verify, ...config.bake.checks].flatMap(check => {
    if (!('http' in check)) return [];
    const { headers = {}, body } = check.http.expect;
    const patterns = [...Object.values(headers), body ?? ''].filter(isPattern);
    return patterns.map(
      pattern => `${check.http.path} is expected to match ${pattern}, which the stand-in program cannot make up.`,
    );
  });
}

function answerTo({ http }: Extract<CheckConfig, { http: unknown }>): Answer {
  const { status, headers = {}, body, json } = http.expect;
  const literal = Object.entries(headers).filter(([, value]) => !isPattern(value));
  return {
    ...(status === undefined ? {} : { status: [status].flat()[0] ?? 200 }),
    ...(literal.length > 0 ? { headers: Object.fromEntries(literal) } : {}),
    ...(body === undefined || isPattern(body) ? {} : { body }),
    ...(json === undefined ? {} : { json: nested(json) }),
  };
}

/** `{'build.version': '2'}` -> `{build: {version: '2'}}`. */
function nested(flat: Readonly<Record<string, unknown>>): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(flat)) {
    const parts = path.split('.');
    let here = root;
    for (const part of parts.slice(0, -1)) {
      here[part] ??= {};
      here = here[part] as Record<string, unknown>;
    }
    here[parts.at(-1) ?? ''] = value;
  }
  return root;
}

function isPattern(text: string): boolean {
  return text.length > 1 && text.startsWith('/') && text.endsWith('/');
}
