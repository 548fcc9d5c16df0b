import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeAddress, serviceNetwork } from './network.mjs';
import { logs } from './paths.mjs';

const prefix = 'cutover-cluster-';
const directoryOfNamespaces = '/run/netns';

/**
 * A network namespace, a directory for state and one for logs, all named after the process that made them.
 * Everything that the cluster starts lives in the namespace, so removing it ends every process, and no packet ever
 * leaves. The logs stay until the next run.
 */
export class Namespace {
  constructor(owner) {
    this.name = `${prefix}${owner}`;
    this.state = path.join(tmpdir(), this.name);
    this.logs = path.join(logs, this.name);
  }

  /**
   * Makes the namespace. Its loopback interface carries the node's address, and later those of the pods. What is for
   * nobody leaves through an uplink that ends in nowhere: a route through the loopback interface would do as well, but
   * the kernel sends no ICMP there, and a service without endpoints would be silent instead of refusing.
   */
  create() {
    mkdirSync(this.state, { mode: 0o700 });
    mkdirSync(this.logs, { recursive: true });
    ip('netns', 'add', this.name);
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    ip('-n', this.name, 'addr', 'add', `${nodeAddress}/32`, 'dev', 'lo');
    ip('-n', this.name, 'link', 'add', 'uplink', 'arp', 'off', 'type', 'veth', 'peer', 'name', 'nowhere');
    ip('-n', this.name, 'link', 'set', 'uplink', 'up');
    ip('-n', this.name, 'link', 'set', 'nowhere', 'up');
    ip('-n', this.name, 'route', 'add', 'default', 'dev', 'uplink', 'src', nodeAddress);
    this.#refuseUnknownServices();
    this.#widenPortRange();
  }

  /**
   * Lets connections to a service that kube-proxy doesn't know (yet) fail at once. Without this they vanish, and the
   * kernel remembers each for two minutes as one that is not to be rewritten: a later connection from the same port
   * would hang, although the service answers by then. (In its nftables mode kube-proxy has such a rule itself.)
   */
  #refuseUnknownServices() {
    const refusal = ['-j', 'REJECT', '--reject-with', 'tcp-reset'];
    this.#inside('iptables', '-A', 'OUTPUT', '-d', serviceNetwork, '-p', 'tcp', ...refusal);
  }

  /** Makes room for load that opens a thousand connections a second: each closed one keeps its port for a minute. */
  #widenPortRange() {
    this.#inside('sh', '-c', 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range');
  }

  #inside(...command) {
    ip('netns', 'exec', this.name, ...command);
  }

  /** Kills what runs in the namespace, and removes it and the state. It may be called at any time, and again. */
  remove() {
    if (existsSync(path.join(directoryOfNamespaces, this.name))) {
      this.killProcesses();
      ip('netns', 'delete', this.name);
    }
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Kills until nothing is left: a process may start another one while it is being killed. */
  killProcesses() {
    for (let round = 0; round < 50; round++) {
      const processes = ip('netns', 'pids', this.name).split('\n').filter(Boolean).map(Number);
      if (processes.length === 0) return;
      for (const id of processes) kill(id);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    throw new Error(`Processes in the network namespace ${this.name} do not end; see: ip netns pids ${this.name}`);
  }

  /** Removes the logs of runs that have ended, and the namespaces of those that were killed before they could clean up. */
  static removeForsaken() {
    const names = [directoryOfNamespaces, logs].flatMap(directory =>
      existsSync(directory) ? readdirSync(directory) : [],
    );
    for (const name of new Set(names)) {
      const owner = Number(name.slice(prefix.length));
      if (!name.startsWith(prefix) || !Number.isInteger(owner) || isAlive(owner)) continue;
      const forsaken = new Namespace(owner);
      forsaken.remove();
      rmSync(forsaken.logs, { recursive: true, force: true });
    }
  }
}

function ip(...args) {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

function kill(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Whether the run still goes on. A killed process may linger without a command line, and its number be used again. */
function isAlive(owner) {
  const commandLine = `/proc/${owner}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('run.mjs');
}
