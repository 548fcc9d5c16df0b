/** A repository with an example in it, a cluster to release to, a GitHub to speak with, and a runner for its workflows. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { GithubServer } from '../gates/github-server.js';

const ROOT = join(import.meta.dirname, '../..');
/** Every run of a workflow ends within this time, whatever happens. */
const AT_MOST_MS = 50_000;

export interface Ran {
  readonly code: number;
  readonly log: string;
  /** What the jobs that ran ended as, by their name. */
  readonly jobs: Readonly<Record<string, string>>;
}

export interface Repository extends AsyncDisposable {
  readonly platform: EmbeddedKubernetes;
  readonly github: GithubServer;
  /** Changes cutover.yml; every run of a workflow is of a commit of its own. */
  configure(change: (text: string) => string): void;
  /** `change` is made to the reusable workflow. */
  run(workflow: string, event: string, payload?: object, change?: (text: string) => string): Promise<Ran>;
  live(): string | undefined;
  deployments(): readonly string[];
}

export async function openRepository(example: string): Promise<Repository> {
  const platform = await startEmbeddedKubernetes({ timing: { readyAfter: 50, propagation: 10 } });
  await platform.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
  const github = await GithubServer.start();
  const folder = mkdtempSync(join(tmpdir(), 'cutover-act-'));
  const repository = join(folder, 'repository');
  cpSync(join(ROOT, 'examples', example), repository, { recursive: true });
  publishAction(join(folder, 'action'));
  const config = join(repository, 'cutover.yml');
  const configure = (change: (text: string) => string) => writeFileSync(config, change(readFileSync(config, 'utf8')));
  configure(text => `settle: 100ms\napproval: { interval: 100ms }\n${quick(text)}`);
  const selector = () =>
    (platform.objects('Service', 'shop')[0]?.spec as { selector?: Record<string, string> } | undefined)?.selector;
  return {
    platform,
    github,
    configure,
    run: (workflow, event, payload = {}, change = text => text) => {
      const reusable = join(folder, 'action/.github/workflows/cutover.yml');
      writeFileSync(reusable, change(readFileSync(reusable, 'utf8')));
      return runWorkflow(
        { folder, repository, platform, github },
        join(ROOT, 'examples', example, workflow),
        event,
        payload,
      );
    },
    live: () => selector()?.['cutover/slot'],
    deployments: () =>
      platform
        .objects('Deployment', 'shop')
        .map(({ metadata }) => metadata.name)
        .sort(),
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without what would only make a test long. */
function quick(config: string): string {
  return config
    .replace(/for: \d+m/, 'for: 200ms')
    .replace(/, after: \d+m/, '')
    .replaceAll('passes: 3', 'passes: 1');
}

/** What of this repository a runner fetches. */
function publishAction(folder: string): void {
  for (const path of ['action.yml', 'dist', '.github/workflows/cutover.yml'])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
}

interface Place {
  readonly folder: string;
  readonly repository: string;
  readonly platform: EmbeddedKubernetes;
  readonly github: GithubServer;
}

async function runWorkflow(
  { folder, repository, platform, github }: Place,
  workflow: string,
  event: string,
  payload: object,
): Promise<Ran> {
  // The runner does not know it yet, and has no queue to keep.
  const text = readFileSync(workflow, 'utf8').replace(/^ +queue: max\n/m, '');
  const path = /^# (\S+)/.exec(text)?.[1] ?? join('.github/workflows', basename(workflow));
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
  const files = { secrets: join(folder, 'secrets'), event: join(folder, 'event.json') };
  const kubeconfig = JSON.stringify(platform.kubeconfig());
  const secrets = ['KUBECONFIG', 'KUBECONFIG_STAGING'].map(name => `${name}=${kubeconfig}\n`);
  writeFileSync(files.secrets, `${secrets.join('')}GITHUB_TOKEN=${github.token}\n`);
  writeFileSync(files.event, JSON.stringify(payload));
  const person = { NAME: 'a', EMAIL: 'a@example.org' };
  const git = Object.fromEntries(
    Object.entries(person).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  );
  const inside = (program: string, args: readonly string[]) =>
    ended(program, args, repository, { PATH: process.env.PATH, HOME: folder, ...git });
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    ['commit', '-q', '--allow-empty', '-m', 'a'],
  ])
    await inside('git', args);
  await inside('git', ['remote', 'add', 'origin', 'https://github.com/example/shop.git']);
  const { code, log } = await inside(process.env.CUTOVER_ACT ?? 'act', [
    event,
    ...['--workflows', path],
    ...['--eventpath', files.event],
    ...['--secret-file', files.secrets],
    ...['--platform', 'ubuntu-latest=-self-hosted'],
    ...['--local-repository', `your-org/cutover@v0=${join(folder, 'action')}`],
    ...['--env', `GITHUB_API_URL=${github.apiUrl}`],
    '--no-cache-server',
  ]);
  const jobs = Object.fromEntries(
    [...log.matchAll(/^\[[^\]]*?\/([\w -]+?)\s*\] 🏁\s+Job (\w+)/gm)].map(([, job, how]) => [job ?? '', how ?? '']),
  );
  return { code, log, jobs };
}

function ended(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number; log: string }> {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: AT_MOST_MS,
    killSignal: 'SIGKILL',
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      log += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code: code ?? 1, log }));
  });
}
