/** A CI system's own OIDC tokens: signed by its key, for an audience, and given out by a service as GitHub's is. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, importPKCS8, SignJWT } from 'jose';
import type { Issuer } from '../../../src/embedded/cloudfoundry/uaa.js';

const ISSUER = 'https://token.ci.example';
export const AUDIENCE = 'https://uaa.cf.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What UAA knows of the CI system. */
export const issuer: Issuer = {
  issuer: ISSUER,
  audience: AUDIENCE,
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};

export async function signedToken(audience = AUDIENCE): Promise<string> {
  const key = await importPKCS8(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'RS256');
  return new SignJWT({ sub: 'repo:example/shop:environment:production', jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setExpirationTime('5m')
    .sign(key);
}

export interface TokenService extends AsyncDisposable {
  /** What a job with `id-token: write` finds in its environment. */
  readonly environment: { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  /** Every token that was given out. */
  readonly given: readonly string[];
  /** Statuses with which the next requests are answered instead. */
  readonly troubles: number[];
}

export async function startTokenService(): Promise<TokenService> {
  const bearer = `runner-${randomUUID()}`;
  const given: string[] = [];
  const troubles: number[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://runner');
    const isAllowed = request.headers.authorization?.toLowerCase() === `bearer ${bearer}`;
    const status = troubles.shift() ?? (isAllowed && url.searchParams.get('api-version') === '2.0' ? 200 : 401);
    if (status !== 200) return response.writeHead(status).end('{"message":"not now"}');
    const value = await signedToken(url.searchParams.get('audience') ?? 'https://github.com/example');
    given.push(value);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ count: 1, value }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${address}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    },
    given,
    troubles,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>(resolve => void server.close(() => resolve()));
    },
  };
}

/** The identifiers of tokens: each login is made with one of its own. */
export function identifiersOf(tokens: readonly string[]): readonly string[] {
  return tokens.map(token => decodeJwt(token).jti ?? '');
}
