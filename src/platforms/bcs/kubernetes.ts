/** BCS's Kubernetes clusters: the Kubernetes platform, through the gateway's tunnel. */
import { dump } from 'js-yaml';
import type { BcsConfig } from '../../config/bcs-schema.js';
import type { Platform, PlatformSettings } from '../port.js';
import { accessOf } from './settings.js';

/** Contacts nothing. Throws BCS_SETTINGS, and what a kubeconfig would be refused for. */
export async function openTunnel(section: BcsConfig, settings: PlatformSettings): Promise<Platform> {
  const { api, token, tls } = await accessOf(section, settings);
  const data = (pem: string | undefined) => (pem ? Buffer.from(pem).toString('base64') : undefined);
  const kubeconfig = dump(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: section.cluster,
          cluster: {
            server: `${api}/tunnels/clusters/${section.cluster}`,
            'certificate-authority-data': data(tls.ca),
            // A token goes over plain HTTP only where a client is told not to insist on a certificate.
            ...(api.startsWith('http:') ? { 'insecure-skip-tls-verify': true } : {}),
          },
        },
      ],
      users: [
        { name: 'bcs', user: { token, 'client-certificate-data': data(tls.cert), 'client-key-data': data(tls.key) } },
      ],
      contexts: [{ name: section.cluster, context: { cluster: section.cluster, user: 'bcs' } }],
      'current-context': section.cluster,
    },
    { skipInvalid: true },
  );
  const { open } = await import('../kubernetes/index.js');
  return open({ ...settings, kubeconfig, context: undefined, namespace: settings.namespace ?? section.namespace });
}
