import { dump } from 'js-yaml';

/**
 * A kubeconfig for one cluster and one token. The API is plain HTTP on the loopback interface; some clients refuse to send
 * a token over HTTP unless `insecure-skip-tls-verify` is set.
 */
export function kubeconfig(server: string, token: string): string {
  const name = 'embedded';
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}
