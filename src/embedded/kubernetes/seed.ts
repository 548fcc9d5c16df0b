import { nodeName } from './controllers/pod-status.js';
import type { Registry } from './registry.js';
import { resourceNamed } from './resources.js';

/** What a new cluster has: the namespaces, and one node with room for much. */
export function seedObjects(registry: Registry): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    registry.create(resourceNamed('namespaces'), '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const node = registry.create(resourceNamed('nodes'), '', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    spec: {},
  });
  const room = { cpu: '64', memory: '256Gi', pods: '500' };
  registry.amend(resourceNamed('nodes'), node, current => ({
    ...current,
    status: {
      capacity: room,
      allocatable: room,
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.0+embedded', operatingSystem: 'linux', architecture: 'amd64' },
    },
  }));
}
