/**
 * Prints what Cutover costs, each figure beside its bound, and fails when a bound is broken.
 * `--slack 1.5` makes every bound wider, for machines that are busy with other things.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canMeasureMemory, compare, median, run, runForMemory } from './lib/measure.mjs';
import { reports } from './lib/reports.mjs';

const root = join(fileURLToPath(import.meta.url), '../..');
const bundle = join(root, 'dist/index.js');
const { slack } = parseArgs({ options: { slack: { type: 'string', default: '1' } } }).values;

const STARTS = 15;
const CUTOVERS = 3;
/** What the cutover is told to wait for, in ms. The embedded platform's pods are ready after READINESS. */
const SETTLE = 200;
const BAKE = 500;
const READINESS = 60;

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: registry.example/shop:1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /healthz, port: http } }
---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: shop }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 80, targetPort: http }]
`;
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
const CONFIGURATION = `targets:
  - name: shop
    slots: { blue: shop-blue, green: shop-green }
    manifest: shop.yaml
    routes: [service/shop]
settle: ${SETTLE}ms
bake: { for: ${BAKE}ms }
`;

/** Targets of the large release, how far apart its first and its last switch may be, and what its process may take. */
const TARGETS = 50;
const SPREAD_S = 2;
const MEBIBYTES = 150;

const figures = [...(await starts()), ...(await reports()), ...(await cutovers()), ...(await largeRelease())];
print(figures);
process.exitCode = figures.some(({ value, bound }) => value > bound * Number(slack)) ? 1 : 0;

/** Node as npm scripts see it, and the machine's own if that is another version. */
function nodes() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'));
  const machine = folders.map(folder => join(folder, 'node')).find(existsSync);
  const versionOf = path => execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  const own = { path: process.execPath, version: process.version };
  if (!machine || versionOf(machine) === own.version) return [own];
  return [own, { path: machine, version: versionOf(machine) }];
}

async function starts() {
  const found = [];
  for (const { path, version } of nodes()) {
    const [bare, help] = await compare(STARTS, [path, ['-e', '0']], [path, [bundle, '--help']]);
    const told = `${help.toFixed(0)} ms, ${bare.toFixed(0)} ms bare`;
    found.push({ name: `start of --help on Node ${version}`, value: help / bare, unit: 'x', bound: 1.3, told });
  }
  return found;
}

async function cutovers() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-bench-'));
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('shop.yaml', MANIFEST);
  write('namespace.yaml', NAMESPACE);
  write('cutover.yml', CONFIGURATION);
  try {
    return [...(await costOfRelease(folder)), ...(await requestsOfRelease(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Time and memory of whole runs of the bundle. */
async function costOfRelease(folder) {
  return await withPlatform(folder, async release => {
    const options = { cwd: folder, env: environment() };
    await run(process.execPath, release('first'), options);
    const times = [];
    for (let count = 1; count <= CUTOVERS; count++) {
      times.push((await run(process.execPath, release(`timed-${count}`), options)).ms);
    }
    const whole = median(times);
    const own = whole - SETTLE - BAKE - READINESS;
    const time = {
      name: 'own time of a cutover, its process included',
      value: own / 1_000,
      unit: ' s',
      bound: 1.5,
      told: `${whole.toFixed(0)} ms, of which ${SETTLE + BAKE + READINESS} ms were to be waited`,
    };
    if (!canMeasureMemory()) return [time];
    const bare = await runForMemory(process.execPath, ['-e', '0']);
    const { megabytes } = await runForMemory(process.execPath, release('weighed'), options);
    const told = `${megabytes.toFixed(0)} MB, ${bare.megabytes.toFixed(0)} MB bare`;
    return [time, { name: 'peak memory of a cutover', value: megabytes / bare.megabytes, unit: 'x', bound: 3, told }];
  });
}

/** With an embedded platform in a process of its own, and the words of a release of a version on it. */
async function withPlatform(folder, work) {
  const kubeconfig = join(folder, 'kubeconfig');
  const words = ['embedded', 'kubernetes', '--kubeconfig', kubeconfig, '--seed', join(folder, 'namespace.yaml')];
  const platform = spawn(process.execPath, [bundle, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(platform.stdout, 'data');
    const known = ['--config', 'cutover.yml', '--kubeconfig', kubeconfig];
    return await work(version => [bundle, 'run', ...known, '--version', version]);
  } finally {
    platform.kill('SIGTERM');
    await once(platform, 'close');
  }
}

/** Requests to the API of a release without a bake, records included; told by the rehearsal, which owns the API. */
async function requestsOfRelease(folder) {
  const words = [
    bundle,
    'rehearse',
    '--config',
    'cutover.yml',
    '--version',
    'counted',
    '--bake',
    'immediately',
    '--json',
  ];
  const { stdout } = await run(process.execPath, words, { cwd: folder, env: environment() });
  const { apiRequests, result } = JSON.parse(stdout);
  const told = `a cutover that ended as ${result}`;
  const row = (name, value, bound) => ({ name, value, unit: '', bound, told });
  return [
    row('API requests from deploy to teardown', apiRequests.deployToTeardown, 30),
    row('API requests of the whole run, preflight included', apiRequests.all, 50),
  ];
}

/** A release of many targets in one run: its switches, one after the other, and the memory of its process. */
async function largeRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-bench-'));
  const names = Array.from({ length: TARGETS }, (_, index) => `shop-${index}`);
  const named = (text, name) =>
    text.replaceAll(/\bname: shop\b(?!, image)/g, `name: ${name}`).replaceAll('app: shop', `app: ${name}`);
  for (const name of names)
    writeFileSync(join(folder, `${name}.yaml`), named(MANIFEST, name).replace('replicas: 3', 'replicas: 1'));
  writeFileSync(join(folder, 'namespace.yaml'), NAMESPACE);
  const targets = names.map(
    name => `  - name: ${name}
    slots: { blue: ${name}-blue, green: ${name}-green }
    manifest: ${name}.yaml
    routes: [service/${name}]
`,
  );
  const settings = `settle: ${SETTLE}ms\nbake: { for: ${BAKE}ms }\n`;
  writeFileSync(join(folder, 'cutover.yml'), `release: large\ntargets:\n${targets.join('')}${settings}`);
  try {
    return await withPlatform(folder, async release => {
      await run(process.execPath, release('first'), { cwd: folder, env: environment() });
      const options = { cwd: folder, env: environment() };
      const words = [...release('second'), '--report-directory', folder];
      const { megabytes = 0, ms = 0 } = await (canMeasureMemory() ? runForMemory : run)(
        process.execPath,
        words,
        options,
      );
      const { evidence, result } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
      const times = evidence.switches.map(({ at }) => at).sort((one, other) => one - other);
      const spread = (times.at(-1) - times[0]) / 1_000;
      const told = `${times.length} switches of a release that ended as ${result}`;
      const name = `first to last switch of a release of ${TARGETS} targets`;
      const rows = [{ name, value: spread, unit: ' s', bound: SPREAD_S, told }];
      if (!canMeasureMemory()) return rows;
      const memory = `peak memory of a release of ${TARGETS} targets`;
      return [...rows, { name: memory, value: megabytes, unit: ' MB', bound: MEBIBYTES, told: `${ms.toFixed(0)} ms` }];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine's, without what would make this look like a CI job or lead it to another cluster. */
function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(GITHUB_|GITLAB_|CI$|CUTOVER_|INPUT_|KUBECONFIG$)/.test(name),
  );
  return Object.fromEntries(kept);
}

function print(rows) {
  const cells = rows.map(({ name, value, unit, bound, told }) => {
    const digits = Number.isInteger(value) ? 0 : 2;
    const isBroken = value > bound * Number(slack);
    return [isBroken ? 'BROKEN' : 'ok', name, `${value.toFixed(digits)}${unit}`, `at most ${bound}${unit}`, told];
  });
  const widths = cells[0].map((_, column) => Math.max(...cells.map(row => row[column].length)));
  for (const row of cells)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  if (Number(slack) !== 1) console.log(`Each bound is taken times ${slack} here.`);
}
