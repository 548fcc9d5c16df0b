/** The entry of the action, of its post step and of the command line. */

import type { World } from './hosts/port.js';
import { cancelSource } from './signals.js';

/** Commands that are not verbs of a release. Each is loaded only when it is asked for. */
const COMMANDS: Readonly<Record<string, (world: World) => Promise<number>>> = {
  '--help': async world => (await import('./help.js')).help(world),
  help: async world => (await import('./help.js')).help(world),
  '--version': async world => (await import('./help.js')).version(world),
  rehearse: async world => (await import('./rehearse/index.js')).rehearse(world),
  demo: async world => (await import('./rehearse/demo.js')).demo(world),
  approve: async world => (await import('./decide.js')).decide(world),
  deny: async world => (await import('./decide.js')).decide(world),
  embedded: async world => {
    const { embedded } = await import('./embedded/command.js');
    return embedded([...world.arguments.slice(1)], world);
  },
};

async function main(world: World): Promise<number> {
  const command = COMMANDS[world.arguments[0] ?? ''];
  if (command) return command(world);
  (await import('./lib/heap.js')).keepHeapSmall();
  if (world.environment['STATE_cutover-started']) return (await import('./post.js')).post(world);
  return (await import('./command.js')).release(world);
}

const cancel = cancelSource(process);
// A reader of the log that went away must not end a cutover half-way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const world: World = {
  program: process.argv[1] ?? '',
  arguments: process.argv.slice(2),
  environment: process.env,
  workspace: process.env.GITHUB_WORKSPACE ?? process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: cancel,
};

try {
  process.exitCode = await main(world);
} catch (thrown) {
  process.exitCode = await (await import('./never-begun.js')).stopped(thrown, world);
}
// Sockets that a server keeps open must not keep a finished run alive.
if (process.exitCode !== undefined) setTimeout(() => process.exit(), 100).unref();
