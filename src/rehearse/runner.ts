/** The bundle as a GitHub runner runs it: main step and post step, inputs and files by environment variables. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StepRun {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface StepOptions {
  readonly bundle: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The Node to run it with; the one that runs this, unless told. */
  readonly node?: string;
  /** What the step gets when `signal` aborts; SIGINT, as from a runner, unless told. After SIGKILL no post step runs. */
  readonly stopBy?: 'SIGINT' | 'SIGTERM' | 'SIGKILL';
  /** The number of the workflow run; 1 unless told. Another number is another run. */
  readonly runId?: string;
  /** What else the runner puts into the step's environment, such as GITHUB_API_URL. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether the post step runs after SIGKILL too: as on a runner that survives the process. */
  readonly survives?: boolean;
  /** Called with each line that the step prints. */
  readonly line: (text: string) => void;
}

/** Runs main and then post, as a runner does, and reads what they left in the runner's files. */
export async function runStep(options: StepOptions): Promise<StepRun> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-runner-'));
  const files = { output: join(folder, 'output'), summary: join(folder, 'summary'), state: join(folder, 'state') };
  try {
    for (const file of Object.values(files)) await writeFile(file, '');
    const exitCode = await runPhase(options, folder, files, {});
    const isKilled = options.signal.aborted && options.stopBy === 'SIGKILL';
    const state = await readPairs(files.state);
    const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
    if (!isKilled || options.survives) await runPhase(options, folder, files, saved);
    return { exitCode, outputs: await readPairs(files.output), summary: await readFile(files.summary, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type RunnerFiles = Readonly<Record<'output' | 'summary' | 'state', string>>;

function runPhase(
  {
    bundle,
    inputs,
    workspace,
    environment,
    signal,
    stopBy,
    runId,
    variables,
    line,
    node = process.execPath,
  }: StepOptions,
  folder: string,
  files: RunnerFiles,
  state: Readonly<Record<string, string>>,
): Promise<number> {
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const child = spawn(node, [bundle], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: environment.PATH,
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'you',
      GITHUB_OUTPUT: files.output,
      GITHUB_REPOSITORY: 'example/shop',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: runId ?? '1',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: folder,
      ...variables,
      ...Object.fromEntries(given),
      ...state,
    },
  });
  const stop = () => child.kill(stopBy ?? 'SIGINT');
  signal.addEventListener('abort', stop, { once: true });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, line);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}

function eachLine(stream: NodeJS.ReadableStream, line: (text: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(line);
  });
  stream.on('end', () => rest && line(rest));
}

/** The runner's file format: `name=value` lines, and heredocs `name<<DELIMITER`. */
async function readPairs(file: string): Promise<Record<string, string>> {
  const pairs: Record<string, string> = {};
  const lines = (await readFile(file, 'utf8')).split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc?.[1] && heredoc[2]) {
      const end = lines.indexOf(heredoc[2]);
      pairs[heredoc[1]] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n');
      continue;
    }
    const at = line.indexOf('=');
    if (at > 0) pairs[line.slice(0, at)] = line.slice(at + 1);
  }
  return pairs;
}
