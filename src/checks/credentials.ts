/** Who a check says it is, and whom it trusts. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CredentialsConfig, TlsConfig } from '../config/schema.js';
import type { HttpRequest } from '../lib/http.js';
import { plain } from '../lib/inert.js';

/** The header that carries the credentials; none without them. */
export function authorization(credentials: CredentialsConfig | undefined): Readonly<Record<string, string>> {
  if (credentials?.bearer !== undefined) return { Authorization: `Bearer ${credentials.bearer}` };
  if (credentials?.basic === undefined) return {};
  const { user, password } = credentials.basic;
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** A text that is a certificate or a key, and not the name of a file that holds one. */
const PEM = /-----BEGIN [A-Z0-9 ]+-----/;

/** Reads the files, relative to the workspace. A file that cannot be read is a problem, as a sentence's end. */
export async function readTls(
  tls: TlsConfig | undefined,
  workspace: string,
): Promise<{ readonly files: HttpRequest['tls'] } | { readonly problem: string }> {
  if (!tls) return { files: undefined };
  const read = async (given: string) => (PEM.test(given) ? given : readFile(resolve(workspace, given), 'utf8'));
  try {
    return {
      files: {
        ...(tls.ca === undefined ? {} : { ca: await read(tls.ca) }),
        ...(tls.certificate === undefined ? {} : { cert: await read(tls.certificate) }),
        ...(tls.key === undefined ? {} : { key: await read(tls.key) }),
      },
    };
  } catch (thrown) {
    return { problem: plain(thrown instanceof Error ? thrown.message : String(thrown), 200) };
  }
}
