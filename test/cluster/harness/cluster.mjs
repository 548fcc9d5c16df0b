import { existsSync } from 'node:fs';
import path from 'node:path';
import { Api } from './api.mjs';
import { makeCredentials, writeKubeconfig } from './credentials.mjs';
import { installDefinitions } from './definitions.mjs';
import { partsOf } from './parts.mjs';
import { startPart } from './process.mjs';
import { until } from './until.mjs';

const deadline = 90_000; // milliseconds for the whole start; a machine of two cores takes a tenth of it

/**
 * Starts every part and waits until pods can run and be reached. Returns the administrator's `kubeconfig`, the
 * `version`, and `failure`: a promise that rejects if a part ends before it was told to.
 */
export async function startCluster(plan, signal) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), deadline);
  const limit = AbortSignal.any([signal, timeout.signal]);
  const credentials = makeCredentials(plan.state);
  const parts = partsOf({ ...plan, credentials });
  const ends = [];
  const start = name =>
    ends.push(startPart(name, plan.binaries.kubernetes, parts[name], path.join(plan.logs, `${name}.log`)));

  start('etcd');
  start('kube-apiserver');
  const api = await Promise.race([answeringApi(credentials, limit), ...ends]);
  for (const name of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'node']) start(name);
  await Promise.race([usable(api, limit), ...ends]);
  const { definitions } = plan.binaries;
  if (definitions !== undefined) await Promise.race([installDefinitions(api, definitions, limit), ...ends]);
  const { gitVersion } = await api.get('/version', limit);
  clearTimeout(timer);
  return { kubeconfig: credentials.kubeconfigOf('admin'), version: gitVersion, failure: Promise.race(ends) };
}

/** Writes everybody's kubeconfig as soon as kube-apiserver has made its certificate, and waits until it is ready. */
async function answeringApi(credentials, limit) {
  await until('kube-apiserver to make its certificate', limit, () => existsSync(credentials.certificateKey));
  for (const user of credentials.users) writeKubeconfig(credentials, user);
  const api = Api.from(credentials.kubeconfigOf('admin'));
  await until('kube-apiserver to be ready', limit, () => api.get('/readyz', limit));
  return api;
}

/** Waits until a pod can be scheduled, has a service account, and services are routed. */
async function usable(api, limit) {
  await until('the node to be ready', limit, async () => {
    const { spec, status } = await api.get('/api/v1/nodes/node-1', limit);
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' && (spec.taints ?? []).length === 0;
  });
  await until('the default service account', limit, () =>
    api.get('/api/v1/namespaces/default/serviceaccounts/default', limit),
  );
  await until('kube-proxy to be ready', limit, async () => {
    const { ok } = await fetch('http://127.0.0.1:10256/healthz', { signal: limit });
    return ok;
  });
}
