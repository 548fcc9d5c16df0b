import { randomBytes } from 'node:crypto';
import type { Resource } from './resources.js';
import { ApiError, forbidden, unauthorized } from './status.js';

/** What a rule allows; `*` stands for all. A rule without names allows every name, one without namespaces all of them. */
export interface Rule {
  readonly verbs: readonly string[];
  /** API groups; `''` is the core group. */
  readonly groups: readonly string[];
  /** Resources and subresources: `deployments`, `deployments/scale`. */
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly namespaces?: readonly string[];
}

/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
  /** What this user may do; undefined: everything. */
  readonly rules?: readonly Rule[];
}

/** What a request wants to do, in the words of the rules. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `deployments/scale`. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'], rules: [] };

/** The bearer tokens that the server knows, and what their users may do. */
export class Authority {
  /** The administrator's token. */
  readonly token: string;
  /** Whether a request without a token is let in as system:anonymous, who may do nothing, rather than answered 401. */
  anonymous = false;
  readonly #users = new Map<string, User>();

  constructor(token = randomBytes(24).toString('base64url')) {
    this.token = token;
    this.#users.set(token, { name: 'admin', groups: ['system:masters'] });
  }

  /** Lets a user in who may do what the rules say, and returns the token. */
  addUser(name: string, rules: readonly Rule[], token = randomBytes(24).toString('base64url')): string {
    this.#users.set(token, { name, rules });
    return token;
  }

  /** From now on the token is answered 401, until `renew`. */
  expire(token = this.token): void {
    const user = this.#users.get(token);
    if (user !== undefined) this.#expired.set(token, user);
    this.#users.delete(token);
  }

  /** Makes an expired token valid again. */
  renew(token = this.token): void {
    const user = this.#expired.get(token);
    if (user !== undefined) this.#users.set(token, user);
  }

  readonly #expired = new Map<string, User>();

  /** @throws ApiError 401 for a token that is missing or not known */
  userOf(authorization: string | undefined): User {
    if (authorization === undefined && this.anonymous) return anonymous;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    const user = token === undefined ? undefined : this.#users.get(token);
    if (user === undefined) throw unauthorized();
    return user;
  }
}

export function isAllowed({ rules }: User, access: Access): boolean {
  if (rules === undefined) return true;
  const includes = (list: readonly string[] | undefined, value: string) =>
    list === undefined || list.includes('*') || list.includes(value);
  return rules.some(
    rule =>
      includes(rule.verbs, access.verb) &&
      includes(rule.groups, access.group) &&
      includes(rule.resources, access.resource) &&
      includes(rule.namespaces, access.namespace) &&
      (rule.names === undefined || (access.name !== '' && rule.names.includes(access.name))),
  );
}

/** @throws ApiError 403 with the real server's sentence */
export function authorize(user: User, resource: Resource, access: Access): void {
  if (isAllowed(user, access)) return;
  throw forbidden(resource, access.name, `User "${user.name}" ${refusal(access)}`);
}

export function refusal({ verb, group, resource, namespace }: Access): string {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

/** Anybody who is known may read what the API is; nobody else may. */
export function authorizePath(user: User, verb: string, path: string): void {
  if (user !== anonymous || /^\/(healthz|livez|readyz|version)(\/|$)/.test(path)) return;
  throw new ApiError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
}
