/** Who we are, as the token itself says; it is read and not verified, for the Cloud Controller decides. Pure. */

export interface Identity {
  /** Of the user, or of the client. */
  readonly guid: string;
  readonly name: string;
  /** Whether it is a client of UAA, which gets roles in another way. */
  readonly isClient: boolean;
  /** Whether it may do everything, without a role. */
  readonly isAdmin: boolean;
}

/** Undefined for a header whose token is none of UAA's JWTs, such as one of Korifi. */
export function identityOf(header: string): Identity | undefined {
  const claims = claimsIn(header.replace(/^bearer /i, '').split('.')[1] ?? '');
  const { user_id: user, client_id: client, user_name: name, scope } = claims;
  const guid = typeof user === 'string' ? user : client;
  if (typeof guid !== 'string') return undefined;
  const isAdmin = Array.isArray(scope) && scope.includes('cloud_controller.admin');
  return { guid, name: typeof name === 'string' ? name : guid, isClient: typeof user !== 'string', isAdmin };
}

function claimsIn(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // an opaque token: whoever asked says that nothing is known
  }
}
