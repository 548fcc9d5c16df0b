/**
 * Runs the tests of the example workflows on nektos/act, an implementation of the GitHub runner, without containers.
 * It is built once, through the Go module proxy. Without Go, and without an `act` on the PATH, the tests are skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const MODULE = 'github.com/nektos/act@v0.2.82';
const root = join(import.meta.dirname, '../..');
const cache = join(root, '.cache/act');
const built = join(cache, 'bin/act');

process.exitCode = main();

function main() {
  const act = findAct();
  if (act === undefined) {
    say('the example workflows are SKIPPED: it takes Go 1.24 or newer, or an act on the PATH.');
    return process.argv.includes('--required') ? 1 : 0;
  }
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = [
    '--config',
    'test/act/jest.config.js',
    ...process.argv.slice(2).filter(word => word !== '--required'),
  ];
  const env = { ...process.env, CUTOVER_ACT: act };
  return spawnSync(process.execPath, [...jest, ...options], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

/** The one that was built, the one on the PATH, or one that is built now; undefined if there is none of them. */
function findAct() {
  if (existsSync(built)) return built;
  if (works('act', '--version')) return 'act';
  if (!works('go', 'version')) return undefined;
  say(`building ${MODULE}; the first time this takes a minute or two.`);
  mkdirSync(cache, { recursive: true });
  const env = { ...process.env, GOBIN: join(cache, 'bin'), GOFLAGS: '', CGO_ENABLED: '0' };
  const { status } = spawnSync('nice', ['-n', '10', 'go', 'install', '-buildvcs=false', MODULE], {
    env,
    stdio: 'inherit',
  });
  return status === 0 ? built : undefined;
}

function works(program, argument) {
  return spawnSync(program, [argument], { stdio: 'ignore' }).status === 0;
}

function say(sentence) {
  process.stderr.write(`act: ${sentence}\n`);
}
