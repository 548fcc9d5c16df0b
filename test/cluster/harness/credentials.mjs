import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeAddress } from './network.mjs';

/** Who talks to the API server, under the names that Kubernetes' own roles are bound to. */
const identities = {
  admin: { user: 'admin', group: 'system:masters' },
  'kube-controller-manager': { user: 'system:kube-controller-manager', group: 'system:authenticated' },
  'kube-scheduler': { user: 'system:kube-scheduler', group: 'system:authenticated' },
  'kube-proxy': { user: 'system:kube-proxy', group: 'system:authenticated' },
  node: { user: 'system:node:node-1', group: 'system:nodes' },
};

/** Writes tokens and keys into the state directory, and returns where they are and who they are for. */
export function makeCredentials(state) {
  const directory = path.join(state, 'credentials');
  mkdirSync(directory);
  const tokens = Object.fromEntries(Object.keys(identities).map(name => [name, randomBytes(24).toString('hex')]));
  const lines = Object.entries(identities).map(([name, { user, group }]) => `${tokens[name]},${user},${name},${group}`);
  writeFileSync(path.join(directory, 'tokens.csv'), `${lines.join('\n')}\n`);

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(path.join(directory, 'service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(path.join(directory, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  return {
    directory,
    tokens,
    users: Object.keys(identities),
    tokenFile: path.join(directory, 'tokens.csv'),
    privateKey: path.join(directory, 'service-account.key'),
    publicKey: path.join(directory, 'service-account.pub'),
    certificate: path.join(directory, 'apiserver.crt'), // kube-apiserver makes it itself when it starts
    certificateKey: path.join(directory, 'apiserver.key'), // it writes this one last
    authority: path.join(directory, 'ca.crt'),
    kubeconfigOf: name => path.join(state, `${name}.kubeconfig`),
  };
}

/** Writes the kubeconfig of one identity, as JSON, which is YAML too. */
export function writeKubeconfig(credentials, name) {
  const chain = readFileSync(credentials.certificate, 'utf8');
  const authority = chain.slice(chain.lastIndexOf('-----BEGIN CERTIFICATE-----')); // its own one comes first
  writeFileSync(credentials.authority, authority);
  const cluster = {
    server: `https://${nodeAddress}:6443`,
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cutover', cluster }],
    users: [{ name, user: { token: credentials.tokens[name] } }],
    contexts: [{ name: 'cutover', context: { cluster: 'cutover', user: name } }],
    'current-context': 'cutover',
  };
  writeFileSync(credentials.kubeconfigOf(name), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
