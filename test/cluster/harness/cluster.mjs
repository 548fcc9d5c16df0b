import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Api } from './api.mjs';
import { makeCredentials, writeKubeconfig } from './credentials.mjs';
import { partsOf } from './parts.mjs';
import { startPart } from './process.mjs';

const deadline = 90_000; // milliseconds for the whole start; a machine of two cores takes a tenth of it

/**
 * Starts every part and waits until pods can run and be reached. Returns the administrator's kubeconfig, and
 * `failure`: a promise that rejects if a part ends before it was told to.
 */
export async function startCluster({ state, logs, binaries, proxy }, signal) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), deadline);
  const limit = AbortSignal.any([signal, timeout.signal]);
  const credentials = makeCredentials(state);
  const parts = partsOf({ state, binaries, proxy, credentials });
  const ends = [];
  const start = name => ends.push(startPart(name, binaries.kubernetes, parts[name], path.join(logs, `${name}.log`)));

  start('etcd');
  start('kube-apiserver');
  const failure = () => Promise.race(ends);
  const ready = async () => {
    await until('kube-apiserver to write its certificate', limit, () => existsSync(credentials.certificate));
    for (const user of credentials.users) writeKubeconfig(credentials, user);
    const api = Api.from(credentials.kubeconfigOf('admin'));
    await until('kube-apiserver to be ready', limit, () => api.get('/readyz', limit));
    for (const name of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'node']) start(name);
    await Promise.race([usable(api, limit), failure()]);
  };
  await Promise.race([ready(), failure()]);
  clearTimeout(timer);
  return { kubeconfig: credentials.kubeconfigOf('admin'), failure: failure() };
}

/** A pod can be scheduled, has a service account, and services are routed. */
async function usable(api, limit) {
  await until('the node to be ready', limit, async () => {
    const { spec, status } = await api.get('/api/v1/nodes/node-1', limit);
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' && (spec.taints ?? []).length === 0;
  });
  await until('the default service account', limit, () =>
    api.get('/api/v1/namespaces/default/serviceaccounts/default', limit),
  );
  await until('kube-proxy to be ready', limit, async () => (await fetch('http://127.0.0.1:10256/healthz')).ok);
}

/** Asks again and again until the answer is truthy; an error is an answer too, and is told when time is up. */
async function until(what, limit, ask) {
  let reason = 'it never was';
  for (;;) {
    try {
      if (await ask()) return;
    } catch (error) {
      reason = error.message;
    }
    if (limit.aborted) {
      throw new Error(`Waited too long for ${what} (${reason}). The logs are in .cache/cluster/logs.`);
    }
    await wait(100);
  }
}
