/**
 * Runs a command against a real Kubernetes: `node test/cluster/run.mjs [options] [-- command ...]`.
 * It builds Kubernetes if need be, starts it in a network namespace of its own, runs the command in there with
 * KUBECONFIG set, and takes everything away again. The README beside this file explains how.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { build } from './harness/build.mjs';
import { Namespace } from './harness/namespace.mjs';
import { optionsFrom, usage } from './harness/options.mjs';
import { repository } from './harness/paths.mjs';
import { missingRequirements } from './harness/requirements.mjs';
import { say } from './harness/say.mjs';

const jest = ['node_modules/jest/bin/jest.js', '--config', 'test/cluster/jest.config.js'];
const defaultCommand = [process.execPath, '--experimental-vm-modules', '--no-warnings', ...jest];

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: the command's own, or 1 if it could not be run, or 130 after Ctrl-C. */
async function main(words) {
  const options = optionsFrom(words);
  if (options.mistake !== undefined) {
    say(`${options.mistake}\n${usage}`);
    return 2;
  }
  const command = options.command.length > 0 ? options.command : defaultCommand;
  if (process.env.KUBECONFIG) {
    say(`KUBECONFIG is set: this runs against the cluster of ${process.env.KUBECONFIG}, and starts none.`);
    return await exitCodeOf(run(command[0], command.slice(1)));
  }
  const missing = missingRequirements();
  if (missing.length > 0) {
    say(`The tests against a real Kubernetes are SKIPPED: ${missing.join(' ')}`);
    return options.required ? 1 : 0;
  }
  try {
    return await runInNamespace(options, command);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** Starts the cluster in a namespace, runs the command there, and removes both whatever happens. */
async function runInNamespace(options, command) {
  const binaries = build({ gatewayApi: options.gatewayApi });
  Namespace.removeForsaken();
  const namespace = new Namespace(process.pid);
  try {
    namespace.create();
    const plan = JSON.stringify({ ...options, ...namespace, command, binaries });
    const inside = path.join(import.meta.dirname, 'harness', 'inside.mjs');
    return await exitCodeOf(run('ip', ['netns', 'exec', namespace.name, process.execPath, inside, plan]));
  } finally {
    namespace.remove();
  }
}

function run(file, args) {
  return spawn(file, args, { cwd: repository, stdio: 'inherit' });
}

/** Waits for a child. The first Ctrl-C or SIGTERM is handed on, so that the child can end in order; a later one kills it. */
async function exitCodeOf(child) {
  let signals = 0;
  const handOn = signal => child.kill(signals++ === 0 ? signal : 'SIGKILL');
  process.on('SIGINT', handOn).on('SIGTERM', handOn);
  try {
    const [code, signal] = await once(child, 'exit');
    if (signals > 0) return 130;
    return signal === null ? code : 1;
  } finally {
    process.off('SIGINT', handOn).off('SIGTERM', handOn);
  }
}
