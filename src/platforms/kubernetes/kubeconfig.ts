/** Finds the credentials as kubectl does: the input, KUBECONFIG, ~/.kube/config, then the pod's own service account. */

import { access } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { PlatformSettings } from '../port.js';
import { kubernetesFailure } from './failures.js';
import { type KubeconfigSource, Server } from './server.js';
import { messageOf } from './transport.js';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Throws KUBECONFIG with what was looked for, or with what is wrong in what was found. */
export async function openServer(settings: PlatformSettings): Promise<Server> {
  const source = await findKubeconfig(settings);
  try {
    return new Server(source, settings.context, settings.mask);
  } catch (cause) {
    const reason = messageOf(cause).split('\n')[0];
    throw kubernetesFailure('KUBECONFIG', { reason: `${sourceText(source)}: ${reason}` }, { cause });
  }
}

async function findKubeconfig(settings: PlatformSettings): Promise<KubeconfigSource> {
  const { kubeconfig, environment, workspace } = settings;
  if (kubeconfig !== undefined) {
    if (/[\n{]/.test(kubeconfig)) return { from: 'text', text: kubeconfig };
    const path = resolve(workspace, kubeconfig);
    if (await exists(path)) return { from: 'files', paths: [path] };
    throw kubernetesFailure('KUBECONFIG', {
      reason: `the input kubeconfig names ${kubeconfig}, and there is no such file`,
    });
  }
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '');
  if (listed.length) {
    const paths = await Promise.all(listed.map(async path => ((await exists(path)) ? [path] : [])));
    if (paths.flat().length) return { from: 'files', paths: paths.flat() };
    throw kubernetesFailure('KUBECONFIG', {
      reason: `KUBECONFIG names ${listed.join(', ')}, and there is no such file`,
    });
  }
  const home = environment.HOME ?? environment.USERPROFILE;
  const usual = home && join(home, '.kube', 'config');
  if (usual && (await exists(usual))) return { from: 'files', paths: [usual] };
  if (environment.KUBERNETES_SERVICE_HOST && (await exists(SERVICE_ACCOUNT_TOKEN))) return { from: 'cluster' };
  throw kubernetesFailure('KUBECONFIG', {
    reason: 'no input kubeconfig was given, KUBECONFIG is not set, ~/.kube/config does not exist and this is not a pod',
  });
}

function sourceText(source: KubeconfigSource): string {
  if (source.from === 'files') return source.paths.join(', ');
  return source.from === 'text' ? 'the input kubeconfig' : "this pod's service account";
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
