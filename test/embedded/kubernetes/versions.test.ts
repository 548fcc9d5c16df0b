import { expect, test } from '@jest/globals';
import { startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';

const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, maxReplicas: 4 };

test('a HorizontalPodAutoscaler is served in both of its versions, whichever it was written in', async () => {
  const kube = await startEmbeddedKubernetes();
  try {
    const headers = { authorization: `Bearer ${kube.authority.token}`, 'content-type': 'application/json' };
    const call = async (version: string, name = '', init: RequestInit = {}) => {
      const path = `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers${name}`;
      const answer = await fetch(`${kube.url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const old = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'shop' },
      spec: { ...spec, targetCPUUtilizationPercentage: 70 },
    };
    expect(await call('v1', '', { method: 'POST', body: JSON.stringify(old) })).toMatchObject({
      status: 201,
      body: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 70 } },
    });
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } };
    expect((await call('v2', '/shop')).body).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ type: 'Resource', resource: cpu }], maxReplicas: 4 },
    });
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
    await call('v1', '/shop', { ...patch, body: JSON.stringify({ spec: { targetCPUUtilizationPercentage: 50 } }) });
    expect((await call('v1')).body).toMatchObject({
      items: [{ spec: { targetCPUUtilizationPercentage: 50, maxReplicas: 4 } }],
    });
    const wrong = await call('v2', '', { method: 'POST', body: JSON.stringify({ ...old, metadata: { name: 'x' } }) });
    expect(wrong.status).toBe(400);
    expect((await call('v1', '/shop', { method: 'DELETE' })).status).toBe(200);
    expect((await call('v2', '/shop')).status).toBe(404);
  } finally {
    await kube.close();
  }
});
