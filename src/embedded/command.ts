import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from './kubernetes/index.js';
import { requireReadable, SeedProblem } from './seeds.js';

/** The streams and the signal that a command works with. */
export interface CommandStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Ends the command. */
  readonly signal: AbortSignal;
  /** The file that Node runs for this very program, where it can start itself once more. */
  readonly program?: string;
}

const platforms = ['kubernetes', 'marathon', 'bcs', 'cloud-foundry'];

/** What a platform starts this program with for each of its instances; nobody else has a use for it. */
const INSTANCE = 'instance';

const usage = `Usage: embedded kubernetes [--listen 127.0.0.1:0] [--kubeconfig FILE] [--seed FILE]...
       embedded marathon [--seed FILE]...
       embedded bcs [--seed FILE]...
       embedded cloud-foundry [--seed FILE]...

Serves a platform until it is interrupted. A Kubernetes: an API for kubectl and client libraries,
controllers, and pods that answer HTTP on loopback ports. A Marathon: a DC/OS with its API and Edge-LB's, the gateway in
front of them, tasks that answer HTTP, each a process of its own, and load balancers (HAProxy where it is installed). A BCS: the gateway with the
scheduler and the storage of a Mesos cluster, instances that answer HTTP, and load balancers; as slow as the real one. A Cloud Foundry: the v3 API, UAA and log-cache,
instances that answer HTTP, and two routers.

  --listen ADDRESS   where the API of the Kubernetes listens; port 0 is any free one
  --kubeconfig FILE  where the kubeconfig is written; a temporary file unless told
  --seed FILE        manifests (YAML), or definitions of the platform (JSON), to create at the start; may be given several times
`;

/**
 * `embedded PLATFORM`: serves until the signal, then removes what it made.
 *
 * @returns the exit code: 0, or 2 for arguments and files that make no sense
 */
export async function embedded(args: string[], streams: CommandStreams): Promise<number> {
  if (args[0] === INSTANCE) return await instance();
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    streams.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    streams.stdout.write(usage);
    return 0;
  }
  try {
    await requireReadable(options.seed);
    await servePlatform(options, streams);
    return 0;
  } catch (error) {
    if (!(error instanceof SeedProblem)) throw error;
    streams.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function servePlatform(options: Options, { program, stdout, stderr, signal }: CommandStreams): Promise<void> {
  if (options.platform === 'marathon') {
    const { serveMarathon } = await import('./marathon/command.js');
    const own = program === undefined ? undefined : [process.execPath, program, 'embedded', INSTANCE];
    return await serveMarathon(options.seed, { stdout, stderr, signal }, own);
  }
  if (options.platform === 'bcs') {
    const { serveBcs } = await import('./bcs/command.js');
    return await serveBcs(options.seed, { stdout, stderr, signal });
  }
  if (options.platform === 'cloud-foundry') {
    const { serveCloudFoundry } = await import('./cloudfoundry/command.js');
    return await serveCloudFoundry(options.seed, { stdout, stderr, signal });
  }
  const seeds = await Promise.all(options.seed.map(file => readFile(file, 'utf8')));
  await using platform = await startEmbeddedKubernetes({ listen: options.listen, tls: true });
  for (const seed of seeds) await platform.apply(seed);
  await serve(platform, options.kubeconfig, { stdout, stderr, signal });
}

async function instance(): Promise<number> {
  const { serveInstance } = await import('./dataplane/program.js');
  return await serveInstance();
}

interface Options {
  readonly platform: string;
  readonly listen: string;
  readonly kubeconfig: string | undefined;
  readonly seed: readonly string[];
  readonly help: boolean;
}

function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      kubeconfig: { type: 'string' },
      seed: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  const [platform = '', ...rest] = positionals;
  if (!values.help && (!platforms.includes(platform) || rest.length > 0)) {
    throw new Error(
      `There is no embedded platform "${positionals.join(' ')}". Those that can be served are: ${platforms.join(', ')}.`,
    );
  }
  return { platform, listen: values.listen, kubeconfig: values.kubeconfig, seed: values.seed, help: values.help };
}

async function serve(platform: EmbeddedKubernetes, file: string | undefined, io: CommandStreams): Promise<void> {
  const directory = file === undefined ? await mkdtemp(join(tmpdir(), 'cutover-embedded-')) : undefined;
  const path = file ?? join(directory ?? '', 'kubeconfig');
  try {
    await writeFile(path, platform.kubeconfig(), { mode: 0o600 });
    io.stdout.write(`The embedded Kubernetes serves ${platform.url}\n`);
    io.stdout.write(`export KUBECONFIG=${path}\n`);
    await aborted(io.signal);
    io.stderr.write('The embedded Kubernetes ends; everything in it is gone.\n');
  } finally {
    await rm(directory ?? path, { recursive: true, force: true });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
