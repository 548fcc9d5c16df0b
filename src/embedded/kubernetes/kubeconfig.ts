import { dump } from 'js-yaml';

/**
 * A kubeconfig for one cluster and one token.
 *
 * @param ca the certificate to trust, PEM, for an API over HTTPS. Over plain HTTP client-node sends a token only when
 *   `insecure-skip-tls-verify` is set, and kubectl never does.
 */
export function kubeconfig(server: string, token: string, ca?: string): string {
  const name = 'embedded';
  const trust =
    ca === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, ...trust } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}
