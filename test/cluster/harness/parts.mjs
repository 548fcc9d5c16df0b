import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeAddress, podNetwork, serviceNetwork } from './network.mjs';

const etcd = 'http://127.0.0.1:2379';
const etcdPeers = 'http://127.0.0.1:2380';

/** The command line of every part of the cluster, by name. */
export function partsOf({ state, binaries, proxy, credentials }) {
  const nodeDirectory = path.join(state, 'node');
  mkdirSync(nodeDirectory);
  const kubeconfig = name => `--kubeconfig=${credentials.kubeconfigOf(name)}`;
  const controller = name => [
    kubeconfig(name),
    `--authentication-kubeconfig=${credentials.kubeconfigOf(name)}`,
    `--authorization-kubeconfig=${credentials.kubeconfigOf(name)}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
  return {
    etcd: [
      `--data-dir=${path.join(state, 'etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${etcdPeers}`,
      `--initial-advertise-peer-urls=${etcdPeers}`,
      `--initial-cluster=default=${etcdPeers}`,
      '--unsafe-no-fsync', // the data need not outlive the run
    ],
    'kube-apiserver': [
      `--etcd-servers=${etcd}`,
      `--advertise-address=${nodeAddress}`,
      `--cert-dir=${credentials.directory}`,
      `--token-auth-file=${credentials.tokenFile}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${credentials.publicKey}`,
      `--service-account-signing-key-file=${credentials.privateKey}`,
      `--service-cluster-ip-range=${serviceNetwork}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--allow-privileged',
    ],
    'kube-controller-manager': [
      ...controller('kube-controller-manager'),
      '--use-service-account-credentials', // every controller acts under the role that Kubernetes made for it
      '--kube-api-qps=200', // it starts some forty controllers; its default of 20 makes that take seconds longer
      '--kube-api-burst=400',
      `--service-account-private-key-file=${credentials.privateKey}`,
      `--root-ca-file=${credentials.authority}`,
    ],
    'kube-scheduler': controller('kube-scheduler'),
    'kube-proxy': [
      kubeconfig('kube-proxy'),
      `--proxy-mode=${proxy}`,
      '--hostname-override=node-1',
      `--cluster-cidr=${podNetwork}`,
      '--nodeport-addresses=primary',
      // Zero leaves the kernel's settings for connection tracking as they are: they belong to the whole machine.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ],
    node: [
      kubeconfig('node'),
      '--name=node-1',
      `--address=${nodeAddress}`,
      `--directory=${nodeDirectory}`,
      `--pod-network=${podNetwork}`,
      `--test-server=${binaries.testServer}`,
    ],
  };
}
