/**
 * Runs the real cf CLI against the embedded Cloud Foundry: an independent client has to accept it. The CLI is built once
 * from its Go module, whose version and checksums are in module/. Without Go, and without a cf on the PATH, the tests are
 * skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'code.cloudfoundry.org/cli/v8';
const root = join(import.meta.dirname, '../..');
const sources = join(import.meta.dirname, 'module');
const binaries = join(root, '.cache/cf-cli/bin');
const built = join(binaries, 'cf');
const stamp = join(binaries, 'sources.sha256');

process.exitCode = main();

function main() {
  const cf = findCf();
  if (cf === undefined) {
    say('the tests with the real cf CLI are SKIPPED: it takes Go 1.26 or newer, or a cf (version 8) on the PATH.');
    return process.argv.includes('--required') ? 1 : 0;
  }
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = process.argv.slice(2).filter(word => word !== '--required');
  const args = [...jest, '--config', 'test/cf-cli/jest.config.js', ...options];
  const env = { ...process.env, CUTOVER_CF: cf };
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

/** The one that was built, one that is built now, or the one on the PATH; undefined if there is none of them. */
function findCf() {
  const fingerprint = hashOf(['go.mod', 'go.sum'].map(name => join(sources, name)).concat(import.meta.filename));
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return built;
  if (works('go', 'version') && build()) {
    writeFileSync(stamp, fingerprint);
    return built;
  }
  return /^cf\S* version v?8\./.test(outputOf('cf', 'version')) ? 'cf' : undefined;
}

/** Builds beside the final place and moves it there, so that a broken build leaves no half file. */
function build() {
  const version = readFileSync(join(sources, 'go.mod'), 'utf8').match(/cli\/v8 v(\S+)/)?.[1];
  say(`building the cf CLI ${version} from its Go module; the first time this takes two minutes or so.`);
  const begin = Date.now();
  mkdirSync(binaries, { recursive: true });
  rmSync(stamp, { force: true });
  const output = join(binaries, `cf.${process.pid}`);
  const flags = `-s -w -X ${PACKAGE}/version.binaryVersion=${version}`;
  const args = ['build', '-p', '2', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, PACKAGE];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  const { status } = spawnSync('nice', ['-n', '10', 'go', ...args], { cwd: sources, env, stdio: 'inherit' });
  if (status !== 0) {
    rmSync(output, { force: true });
    return false;
  }
  renameSync(output, built);
  say(`built in ${((Date.now() - begin) / 1000).toFixed(0)} s.`);
  return true;
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function works(program, argument) {
  return spawnSync(program, [argument], { stdio: 'ignore' }).status === 0;
}

function outputOf(program, argument) {
  return spawnSync(program, [argument], { encoding: 'utf8' }).stdout ?? '';
}

function say(sentence) {
  process.stderr.write(`cf: ${sentence}\n`);
}
