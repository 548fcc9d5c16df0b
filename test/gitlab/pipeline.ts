import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dump, load } from 'js-yaml';

const ROOT = join(import.meta.dirname, '../..');
const RUNNER = join(ROOT, 'node_modules/gitlab-ci-local/dist/index.js');
/** It needs a newer Node than the one that runs the tests may be. */
const NODE = join(ROOT, 'node_modules/node/bin/node');

export const TEMPLATE = join(ROOT, 'gitlab/templates/cutover/template.yml');
export const PROGRAM = join(ROOT, 'dist');

export type Inputs = Readonly<Record<string, string | boolean | readonly string[]>>;

export interface PipelineOptions {
  readonly inputs?: Inputs;
  /** The rest of the project's .gitlab-ci.yml. */
  readonly beside?: object;
  /** The whole .gitlab-ci.yml, in the place of both. */
  readonly text?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Programs that the jobs' image would have, by name: what a shell does in their place. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** A job, as far as tests read it. */
export interface Job {
  readonly script: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: { readonly name: string; readonly action: string };
  readonly resource_group?: string;
  readonly after_script?: readonly string[];
  readonly artifacts?: { readonly reports: Readonly<Record<string, unknown>> };
}

export interface PipelineRun {
  readonly exitCode: number;
  readonly log: string;
}

/** What the test lacks on this machine; undefined: nothing. */
export function missing(): string | undefined {
  if (!existsSync(NODE)) return 'Node 24 of the development dependencies is not installed here';
  try {
    execFileSync('rsync', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'rsync is not installed here, which gitlab-ci-local needs';
  }
  return undefined;
}

/** A project on GitLab that includes the component, and gitlab-ci-local to run its pipeline in this machine's shell. */
export class Pipeline implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'cutover-gitlab-'));
  readonly #home = mkdtempSync(join(tmpdir(), 'cutover-gitlab-home-'));
  #running: ChildProcess | undefined;

  constructor({ inputs = {}, beside = {}, text, files = {}, programs = {} }: PipelineOptions) {
    const component = '$CI_SERVER_FQDN/$CI_PROJECT_PATH/cutover@$CI_COMMIT_SHA';
    mkdirSync(join(this.folder, 'templates/cutover'), { recursive: true });
    cpSync(TEMPLATE, join(this.folder, 'templates/cutover/template.yml'));
    this.write('.gitlab-ci.yml', text ?? dump({ include: [{ component, inputs }], ...beside }));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    for (const [name, script] of Object.entries(programs)) {
      mkdirSync(join(this.#home, 'bin'), { recursive: true });
      writeFileSync(join(this.#home, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    this.#git('init', '--quiet', '--initial-branch=main');
    this.#git('remote', 'add', 'origin', 'git@gitlab.example:shop/shop.git');
    this.#git('add', '--all');
    this.#git('-c', 'user.name=you', '-c', 'user.email=you@shop.example', 'commit', '--quiet', '--message=shop');
    this.#git('config', 'user.name', 'you');
    this.#git('config', 'user.email', 'you@shop.example');
    this.#git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    this.#git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  }

  /** Runs jobs by name, or the whole pipeline. */
  async run(words: readonly string[] = []): Promise<PipelineRun> {
    const child = this.#start(words);
    this.#running = child;
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    const exitCode = await new Promise<number>(resolve => child.once('close', code => resolve(code ?? 1)));
    return { exitCode, log };
  }

  /** Ends the program that a job of this pipeline runs: at once and for good, or as a runner does that cancels a job. */
  killProgram(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    for (const id of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      if (this.#isProgram(id)) process.kill(Number(id), signal);
    }
  }

  /** What GitLab would make of the pipeline's files: jobs by name. */
  expanded(): Readonly<Record<string, Job>> {
    const options = { cwd: this.folder, env: this.#environment(), encoding: 'utf8', stdio: 'pipe' } as const;
    return load(execFileSync(NODE, [RUNNER, ...SETTINGS, '--preview'], options)) as Record<string, Job>;
  }

  /** A file that a job left behind. */
  artifact(job: string, path: string): string {
    return readFileSync(join(this.folder, '.gitlab-ci-local/artifacts', job, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  [Symbol.dispose](): void {
    this.#running?.kill('SIGKILL');
    for (const folder of [this.folder, this.#home]) rmSync(folder, { recursive: true, force: true });
  }

  #start(words: readonly string[]): ChildProcess {
    // Not --shell-isolation: it empties a job's folder before after_script, which GitLab never does.
    const isolated = ['--force-shell-executor', '--artifacts-to-source=false'];
    return spawn(NODE, [RUNNER, ...SETTINGS, ...isolated, ...words], {
      cwd: this.folder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** A machine of its own, as far as this one lets it: no settings of whoever runs the tests. */
  #environment(): Record<string, string> {
    return { PATH: `${join(this.#home, 'bin')}:${dirname(NODE)}:${process.env.PATH}`, HOME: this.#home, NO_COLOR: '1' };
  }

  #isProgram(id: string): boolean {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8');
      return words.includes(join(PROGRAM, 'index.js')) && readlinkSync(`/proc/${id}/cwd`).startsWith(this.folder);
    } catch {
      return false; // it is gone, or somebody else's
    }
  }

  #git(...words: readonly string[]): void {
    execFileSync('git', ['-C', this.folder, ...words], { env: this.#environment(), stdio: 'pipe' });
  }
}

/** GitLab itself takes an empty list of tags, which its schema for editors does not. */
const SETTINGS = [
  '--variable',
  'GITLAB_CI=true',
  '--ignore-predefined-vars',
  'GITLAB_CI,CI_PIPELINE_SOURCE',
  '--ignore-schema-paths',
  '#/definitions/tags/minItems',
];
