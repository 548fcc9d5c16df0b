/**
 * The part of the run that happens inside the network namespace: start the cluster, run the command, end.
 * run.mjs starts it with its plan (JSON) as the only argument, and ends everything that is left afterwards.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startCluster } from './cluster.mjs';
import { repository } from './paths.mjs';
import { say } from './say.mjs';

const plan = JSON.parse(process.argv[2]);
const stop = new AbortController();
process.on('SIGINT', () => stop.abort()).on('SIGTERM', () => stop.abort());

try {
  process.exit(await main());
} catch (error) {
  if (!stop.signal.aborted) say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function main() {
  const begin = Date.now();
  const { kubeconfig, version, failure } = await startCluster(plan, stop.signal);
  say(`Kubernetes ${version} is ready after ${((Date.now() - begin) / 1000).toFixed(1)} s.`);
  return await Promise.race([plan.keep ? keep(kubeconfig) : run(plan.command, kubeconfig), failure]);
}

async function run([file, ...args], kubeconfig) {
  const env = { ...process.env, KUBECONFIG: kubeconfig, CUTOVER_TEST_IMAGE: 'cutover.test/server' };
  const child = spawn(file, args, { cwd: repository, env, stdio: 'inherit' });
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function keep(kubeconfig) {
  say(`the cluster stays until Ctrl-C. To use it from another terminal:
  export KUBECONFIG=${kubeconfig}
  ip netns exec ${plan.name} bash`);
  const clock = setInterval(() => {}, 60_000);
  await once(stop.signal, 'abort');
  clearInterval(clock);
  return 0;
}
