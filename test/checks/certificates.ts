/** A private authority, and certificates of it for a server on 127.0.0.1 and for a client. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes `ca`, `server` and `client`, each as .pem and .key, in a folder of their own. */
export function makeCertificates(): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-tls-'));
  const openssl = (words: string, ...more: string[]) =>
    execFileSync('openssl', [...words.split(' '), ...more], { cwd: folder, stdio: 'pipe' });
  openssl('req -x509 -days 2 -keyout ca.key -out ca.pem -subj /CN=private', ...KEY);
  for (const name of ['server', 'client']) {
    openssl(`req -keyout ${name}.key -out ${name}.csr -subj /CN=${name} -addext subjectAltName=IP:127.0.0.1`, ...KEY);
    const signed = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy';
    openssl(`x509 -req -in ${name}.csr -out ${name}.pem ${signed}`);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
