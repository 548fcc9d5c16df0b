import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache, sources } from './paths.mjs';
import { say } from './say.mjs';

const gatewayApiModule = 'sigs.k8s.io/gateway-api@v1.6.1';
const binaries = path.join(cache, 'bin');
const stamp = path.join(binaries, 'sources.sha256');

/** Whether the binaries in the cache are missing or older than their sources. */
export function needsBuild() {
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint();
}

/**
 * Brings the binaries up to date and returns where they are: `{ kubernetes, testServer, definitions }`; definitions
 * is the directory of the Gateway API's definitions, or undefined.
 */
export function build({ gatewayApi }) {
  if (needsBuild()) compile();
  return {
    kubernetes: path.join(binaries, 'kubernetes'),
    testServer: path.join(binaries, 'test-server'),
    definitions: gatewayApi ? gatewayApiDefinitions() : undefined,
  };
}

function compile() {
  const begin = Date.now();
  const version = kubernetesVersion();
  const [major, minor] = version.slice(1).split('.');
  say(`building Kubernetes ${version} from its Go modules; the first time this takes minutes.`);
  mkdirSync(binaries, { recursive: true });
  rmSync(stamp, { force: true });
  const names = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const set = Object.entries(names).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  goBuild('test-server', './test-server', []);
  goBuild('kubernetes', '.', set);
  writeFileSync(stamp, fingerprint());
  say(`built in ${((Date.now() - begin) / 1000).toFixed(0)} s.`);
}

/** Builds one executable beside its final place and moves it there, so that a broken build leaves no half file. */
function goBuild(name, directory, linkerFlags) {
  const output = path.join(binaries, `${name}.${process.pid}`);
  const flags = ['-s', '-w', ...linkerFlags].join(' ');
  const args = ['build', '-p', '2', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, directory];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  execFileSync('nice', ['-n', '10', 'go', ...args], { cwd: sources, env, stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(output, path.join(binaries, name));
}

function kubernetesVersion() {
  const module = readFileSync(path.join(sources, 'go.mod'), 'utf8');
  const found = /^\s+k8s\.io\/kubernetes (v\S+)/m.exec(module);
  if (found === null) throw new Error('test/cluster/kubernetes/go.mod does not require k8s.io/kubernetes.');
  return found[1];
}

/** A hash of everything that the binaries are made of: the module's files, and how they are built (this file). */
function fingerprint() {
  const files = readdirSync(sources, { recursive: true }).filter(name => /\.(go|mod|sum)$/.test(name));
  const paths = [...files.sort().map(name => path.join(sources, name)), import.meta.filename];
  const hash = createHash('sha256');
  for (const file of paths) hash.update(path.basename(file)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Copies the definitions out of the Go module that carries them; Go has checked the module against its checksum. */
function gatewayApiDefinitions() {
  const directory = path.join(cache, gatewayApiModule.replaceAll('/', '-'));
  if (!existsSync(directory)) {
    const answer = execFileSync('go', ['mod', 'download', '-json', gatewayApiModule], { encoding: 'utf8' });
    cpSync(path.join(JSON.parse(answer).Dir, 'config/crd/standard'), directory, { recursive: true });
  }
  return directory;
}
