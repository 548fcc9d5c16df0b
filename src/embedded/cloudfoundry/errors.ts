import { json, type Reply } from '../serving/reply.js';

/** A refusal of the Cloud Controller, from its catalogue. */
export class CloudFoundryError extends Error {
  readonly status: number;
  readonly code: number;
  readonly title: string;

  constructor(status: number, code: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = `CF-${title}`;
  }

  get entry() {
    return { code: this.code, title: this.title, detail: this.message };
  }

  get reply(): Reply {
    return json(this.status, { errors: [this.entry] });
  }
}

export function unprocessable(detail: string): CloudFoundryError {
  return new CloudFoundryError(422, 10008, 'UnprocessableEntity', detail);
}

export function notUnique(detail: string): CloudFoundryError {
  return new CloudFoundryError(422, 10016, 'UniquenessError', detail);
}

/** Also what somebody gets who may not see it. */
export function notFound(what: string): CloudFoundryError {
  return new CloudFoundryError(404, 10010, 'ResourceNotFound', `${what} not found`);
}

export function badQuery(detail: string): CloudFoundryError {
  return new CloudFoundryError(400, 10005, 'BadQueryParameter', `The query parameter is invalid: ${detail}`);
}

export function unreadable(detail: string): CloudFoundryError {
  return new CloudFoundryError(400, 1001, 'MessageParseError', `Request invalid due to parse error: ${detail}`);
}

export function unknownRequest(): CloudFoundryError {
  return new CloudFoundryError(404, 10000, 'NotFound', 'Unknown request');
}

export function invalidToken(): CloudFoundryError {
  return new CloudFoundryError(401, 1000, 'InvalidAuthToken', 'Invalid Auth Token');
}

export function notAuthenticated(): CloudFoundryError {
  return new CloudFoundryError(401, 10002, 'NotAuthenticated', 'Authentication error');
}

export function notAuthorized(): CloudFoundryError {
  return new CloudFoundryError(403, 10003, 'NotAuthorized', 'You are not authorized to perform the requested action');
}
