/** A program that stands in for the user's own: it answers what the user's checks, identity and gauge expect to hear. */
import type { CheckConfig, Config, GaugeConfig, Identity } from '../config/schema.js';
import type { Answer } from '../embedded/dataplane/index.js';

type Answers = Readonly<Record<string, Answer>>;
type HttpCheck = Extract<CheckConfig, { http: unknown }>;

/** Answers by path, made of the expectations of all HTTP checks. What a regex asks for cannot be made up. */
export function answersFor(config: Config, version: string): Answers {
  const { gauge } = config.drain;
  const checks = httpChecks(config);
  const answers = checks.map(check => [pathOf(check), answerTo(check)] as const);
  const identities = config.targets.flatMap(({ identity }) => (identity ? [identity] : []));
  const signed = identities.flatMap(identity => {
    const paths = [identity.path, ...checks.filter(({ http }) => http.expect.version).map(pathOf)];
    return paths.map(path => [path, signature(identity, version)] as const);
  });
  return merged([...answers, ...signed, ...(gauge ? [[gauge.path, idle(gauge)] as const] : [])]);
}

/** What a rehearsal is not like the release in: expectations that the stand-in cannot meet, people who are not asked. */
export function beyondStandIn(config: Config): readonly string[] {
  const { by, before } = config.approval;
  const asked = `Nobody is asked in a rehearsal: the approval before ${before.join(' and ')} counts as given.`;
  const patterns = httpChecks(config).flatMap(({ http }) =>
    [...Object.values(http.expect.headers ?? {}), http.expect.body ?? '']
      .filter(isPattern)
      .map(pattern => `${http.path} is expected to match ${pattern}, which the stand-in program cannot make up.`),
  );
  const identities = config.targets.flatMap(({ name, identity }) =>
    identity?.match === undefined
      ? []
      : [`The identity of ${name} is to match ${identity.match}, which the stand-in program cannot make up.`],
  );
  return [...(by === 'none' ? [] : [asked]), ...patterns, ...identities];
}

function httpChecks({ verify, bake, switch: { checks } }: Config): readonly HttpCheck[] {
  return [...verify, ...checks, ...bake.checks].flatMap(check => ('http' in check ? [check] : []));
}

function pathOf({ http }: HttpCheck): string {
  return http.path.split('?')[0] ?? '/';
}

function answerTo({ http }: HttpCheck): Answer {
  const { status, headers = {}, body, json } = http.expect;
  const literal = Object.entries(headers).filter(([, value]) => !isPattern(value));
  return {
    ...(status === undefined ? {} : { status: [status].flat()[0] ?? 200 }),
    ...(literal.length > 0 ? { headers: Object.fromEntries(literal) } : {}),
    ...(body === undefined || isPattern(body) ? {} : { body }),
    ...(json === undefined ? {} : { json: nested(json) }),
  };
}

/** The version, where the identity says that an answer has it. */
function signature({ header, json }: Identity, version: string): Answer {
  if (header !== undefined) return { headers: { [header]: version } };
  return json === undefined ? {} : { json: nested({ [json]: version }) };
}

/** What a gauge says when no work is left. */
function idle({ name, labels, json }: GaugeConfig): Answer {
  if (json !== undefined) return { json: nested({ [json]: 0 }) };
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return { body: `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} 0\n` };
}

/** One answer for each path: whatever its checks expect, together. */
function merged(parts: readonly (readonly [path: string, answer: Answer])[]): Answers {
  const answers: Record<string, Answer> = {};
  for (const [path, { headers, json, ...answer }] of parts) {
    const before = answers[path] ?? {};
    answers[path] = {
      ...before,
      ...answer,
      ...(headers ? { headers: { ...before.headers, ...headers } } : {}),
      ...(json === undefined ? {} : { json: together(before.json, json) }),
    };
  }
  return answers;
}

function together(one: unknown, other: unknown): unknown {
  if (!isObject(one) || !isObject(other)) return other;
  const both = { ...one };
  for (const [key, value] of Object.entries(other)) both[key] = together(both[key], value);
  return both;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
