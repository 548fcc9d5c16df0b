/** --help and --version: what a person sees who asks the bundle itself. Loads nothing heavy. */
import type { World } from './hosts/port.js';
import { INPUTS } from './inputs.js';
import { VERSION } from './version.js';

const USAGE = `Cutover ${VERSION}: releases a new version by blue-green cutover.

Usage
  node dist/index.js [verb] [--input value ...]     such as: run --config cutover.yml
  node dist/index.js status --json                  one JSON document on stdout, words for people on stderr
  node dist/index.js approve DIGEST --config ...    or deny: a person's answer at a gate; the waiting run prints it
  node dist/index.js rehearse --config cutover.yml  your own release against the embedded platform
  node dist/index.js embedded kubernetes --listen 127.0.0.1:0
  node dist/index.js embedded marathon --seed app.json --seed pool.json
  node dist/index.js demo [--fail smoke|bake]

Verbs
  run       the whole story (default)           status    what is live, and what could be done now
  plan      print every write, write nothing    rollback  traffic back to the slot that was live before
  deploy    to the checks on green              teardown  take blue away
  switch    to the end of the bake              abort     end a run that is gone, or
                                                      one that waits for its switch
  abort-if-unfinished  the same for after_script and post steps: content when there is nothing to end

Inputs`;

export function help(world: World): number {
  const width = Math.max(...INPUTS.map(input => input.name.length));
  const lines = INPUTS.map(({ name, description, default: shown }) => {
    return `  --${name.padEnd(width)}  ${description}${shown === undefined ? '' : ` Default: ${shown}.`}`;
  });
  const ends =
    'Exit codes: 0 done, 1 failed, 2 wrong input, 3 refused, 4 rolled back, 5 waiting, 6 degraded, 7 rollback failed, 130 cancelled.';
  world.stdout.write(`${USAGE}\n${lines.join('\n')}\n\n${ends}\n`);
  return 0;
}

export function version(world: World): number {
  world.stdout.write(`${VERSION}\n`);
  return 0;
}
