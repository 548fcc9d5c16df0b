import { spawnSync } from 'node:child_process';
import { needsBuild } from './build.mjs';

/** The programs that are used, and the Debian packages that have them. */
const programs = {
  ip: 'iproute2',
  iptables: 'iptables',
  'iptables-save': 'iptables',
  'iptables-restore': 'iptables',
  nft: 'nftables',
};

/** What this machine lacks, as sentences; empty if the cluster can run. */
export function missingRequirements() {
  if (process.platform !== 'linux') return ['It needs Linux, for network namespaces and packet filters.'];
  const sentences = [];
  if (process.getuid() !== 0) {
    sentences.push('It needs root, to make a network namespace: sudo env "PATH=$PATH" npm run test:cluster.');
  }
  if (needsBuild() && !exists('go')) {
    sentences.push('It needs Go 1.26 or newer, to build Kubernetes (or KUBECONFIG, to use a cluster that you have).');
  }
  const packages = new Set(
    Object.keys(programs)
      .filter(name => !exists(name))
      .map(name => programs[name]),
  );
  if (packages.size > 0) {
    const list = [...packages].join(' ');
    sentences.push(`It needs the Debian packages ${list}: run test/cluster/install-debian.sh as root.`);
  }
  return sentences;
}

function exists(program) {
  const argument = program === 'go' ? 'version' : '-V';
  return spawnSync(program, [argument], { stdio: 'ignore' }).error === undefined;
}
