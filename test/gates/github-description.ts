/** What GitHub's public description of its API says of a request and of its answer. SOURCE.md names where it comes from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

interface Described {
  readonly query: readonly string[];
  readonly statuses: readonly number[];
  readonly body?: object;
  readonly answer: object;
}

interface Operation {
  readonly name: string;
  readonly matches: (what: string) => boolean;
  readonly query: readonly string[];
  readonly statuses: readonly number[];
  readonly body: ValidateFunction | undefined;
  readonly answer: ValidateFunction;
}

const FILE = join(import.meta.dirname, 'github-openapi.json');
/** What any operation may answer, without saying so: credentials, limits, conditional requests. */
const ANYWHERE = [304, 401, 403, 404, 422, 429];

const ajv = new Ajv({ strict: false, allErrors: true });
const operations: readonly Operation[] = Object.entries(
  JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Described>,
).map(([name, { query, statuses, body, answer }]) => {
  const pattern = new RegExp(`^${name.replace(/\{owner\}\/\{repo\}/, '[^/]+/[^/]+').replace(/\{\w+\}/g, '[^/]+')}$`);
  return {
    name,
    matches: what => pattern.test(what),
    query,
    statuses,
    body: body && ajv.compile(body),
    answer: ajv.compile(answer),
  };
});

export interface Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: readonly string[];
  readonly body: unknown;
  readonly status: number;
  readonly value: unknown;
}

/** Where an exchange differs from the description, a sentence each. */
export function differences({ method, path, query, body, status, value }: Exchange): readonly string[] {
  const what = `${method} ${path}`;
  const operation = operations.find(({ matches }) => matches(what));
  if (!operation) return [`${what} is not among the operations that were taken from the description.`];
  const said: string[] = query
    .filter(name => !operation.query.includes(name))
    .map(name => `${what} has no query parameter ${name}.`);
  // A request that is meant to be refused may be wrong.
  const isTaken = status < 300;
  if (isTaken && method !== 'GET' && operation.body && !operation.body(body))
    said.push(`The body of ${what}: ${ajv.errorsText(operation.body.errors)}.`);
  if (![...operation.statuses, ...ANYWHERE].includes(status) && status < 500)
    said.push(`${what} never answers ${status}.`);
  if (isTaken && !operation.answer(value))
    said.push(`The answer of ${what}: ${ajv.errorsText(operation.answer.errors)}.`);
  return said;
}
