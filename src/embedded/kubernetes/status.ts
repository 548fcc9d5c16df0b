import { apiVersionOf, qualifiedName, type Resource } from './resources.js';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The body of an API answer that is not an object. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, unknown>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Record<string, unknown>;
  readonly code?: number;
}

/** A request that the API refuses; `status` is the body of the answer. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'ApiError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

/** The answer to a delete that is done. */
export function success(resource: Resource, name: string, uid: string | undefined): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(resource, name), ...(uid === undefined ? {} : { uid }) },
  };
}

function detailsOf({ group, plural }: Resource, name: string): Record<string, unknown> {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural };
}

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const noSuchResource = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const notAcceptable = () => new ApiError(406, 'NotAcceptable', '406: Not Acceptable', {});

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export function unsupportedMediaType(): ApiError {
  return new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string): ApiError {
  const message = `${qualifiedName(resource)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: Resource, name: string, why?: string): ApiError {
  const reason = why ?? 'the object has been modified; please apply your changes to the latest version and try again';
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${reason}`;
  return new ApiError(409, 'Conflict', message, detailsOf(resource, name));
}

/** A precondition that does not hold: here the server names the kind, not the resource. */
export function preconditionFailed({ kind, group }: Resource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${group === '' ? kind : `${kind}.${group}`} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, { name, ...(group === '' ? {} : { group }), kind });
}

export function forbidden(resource: Resource, name: string, why: string, causes?: readonly StatusCause[]): ApiError {
  const what = name === '' ? qualifiedName(resource) : `${qualifiedName(resource)} "${name}"`;
  return new ApiError(403, 'Forbidden', `${what} is forbidden: ${why}`, {
    ...detailsOf(resource, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

/** A mistake in one field of an object. */
export interface FieldError {
  readonly field: string;
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden' | 'FieldValueNotSupported';
  readonly message: string;
}

export function invalid({ kind, group }: Resource, name: string, errors: readonly FieldError[]): ApiError {
  const sentences = errors.map(error => `${error.field}: ${error.message}`);
  const what = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return new ApiError(422, 'Invalid', `${qualified} "${name}" is invalid: ${what}`, {
    name,
    ...(group === '' ? {} : { group }),
    kind,
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

/** The vague sentence of the real server for a patch that does not fit the object (a failing `test`, a missing path). */
export function unprocessable(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

export function wrongKind(resource: Resource, apiVersion: string, kind: string): ApiError {
  return badRequest(
    `the kind in the data (${apiVersion}, ${kind}) does not match the expected kind (${apiVersionOf(resource)}, ${resource.kind})`,
  );
}
