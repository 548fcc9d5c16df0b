/** `rehearse`: the user's own release, with their own configuration and manifests, against the embedded platform. */
import { Writable } from 'node:stream';
import { configOf, exitCode, outcomeOf } from '../command.js';
import { failure } from '../failures.js';
import { pickHost } from '../hosts/index.js';
import type { Host, World } from '../hosts/port.js';
import { publish } from '../publish.js';
import type { Outcome } from '../release/model.js';
import { resultJson } from '../report/result.js';
import { openLive, type Trouble } from './opening.js';
import { redirected, type Stage, type StageRequest } from './stage.js';
import { beyondStandIn } from './stand-in.js';

const ILL = { status: 500, json: { status: 'the rehearsal makes this fail' } };
const TROUBLES: readonly Trouble[] = ['ready', 'verify', 'bake'];

/** Exit code as of the release that it rehearses. */
export async function rehearse(world: World): Promise<number> {
  const given = world.arguments.slice(1);
  const disaster = readDisaster(given);
  if (disaster) return await disaster(world);
  const { trouble, json, rest } = readOptions(given);
  // A rehearsal talks to the person who started it, on CI systems too.
  const environment = { ...world.environment, GITHUB_ACTIONS: undefined, GITLAB_CI: undefined };
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  const local = {
    ...world,
    environment,
    arguments: ['run', ...rest],
    ...(json ? { stdout: quiet, stderr: quiet } : {}),
  };
  const host = await pickHost(local);
  const config = await configOf(host, local);
  for (const sentence of beyondStandIn(config)) host.log.warning(sentence);
  await using stage = await openLive(config, host, local, trouble);
  const before = stage.requests().length;
  host.log.info(`A rehearsal: ${stage.title}; your own platform is not contacted.`);
  const troubled = trouble === 'bake' ? failingInBake(host, stage, config.version) : host;
  const outcome = await outcomeOf(troubled, local, redirected(config, stage.redirection));
  await publish(host, local, outcome, config['report-directory']);
  const apiRequests = countRequests(stage.requests().slice(before), outcome);
  if (json) world.stdout.write(`${JSON.stringify({ ...resultJson(outcome), apiRequests })}\n`);
  return exitCode(outcome, config['strict-gates']);
}

/** A host at whose word `bake` every instance of green begins to fail. */
function failingInBake(host: Host, stage: Stage, version: string): Host {
  const group = (title: string) => {
    if (title.startsWith('bake:')) for (const instance of stage.instances(version)) instance.answerEverything(ILL);
    return host.log.group(title);
  };
  return { ...host, log: { ...host.log, group } };
}

/** Requests to the API: of the whole run, and of its heart from the beginning of deploy to the end of teardown. */
function countRequests(requests: readonly StageRequest[], { steps }: Outcome) {
  const from = steps.find(({ step }) => step === 'deploy')?.startedAt ?? Number.POSITIVE_INFINITY;
  const last = steps.findLast(({ step }) => step === 'teardown');
  const to = last ? last.startedAt + last.durationMs : 0;
  return { all: requests.length, deployToTeardown: requests.filter(({ at }) => at >= from && at <= to).length };
}

/** `--fault`, `--all-faults`, and `--inside`, by which a process that rehearses starts the release; undefined: neither. */
function readDisaster(args: readonly string[]): ((world: World) => Promise<number>) | undefined {
  const at = args.findIndex(argument => /^--(fault|all-faults|inside)(=|$)/.test(argument));
  const option = args[at];
  if (option === undefined) return undefined;
  const [name, inline] = option.split('=');
  // What to choose of all faults is said behind `=` alone: a word that follows may be the release's.
  const takes = name === '--all-faults' ? 0 : 1;
  const value = inline ?? (takes === 1 ? (args[at + 1] ?? '') : '');
  const rest = args.toSpliced(at, inline === undefined ? 1 + takes : 1);
  if (name === '--inside') return async world => (await import('./disasters/inside.js')).inside(world, value, rest);
  return async world => {
    const { disasters } = await import('./disasters/index.js');
    const { parseChoice, parseFault } = await import('./disasters/fault.js');
    return disasters(world, name === '--fault' ? parseFault(value) : parseChoice(value), rest);
  };
}

/** Own options out, the rest is the release's. */
function readOptions(args: readonly string[]): { trouble: Trouble; json: boolean; rest: readonly string[] } {
  const rest = args.filter(argument => argument !== '--json');
  const at = rest.findIndex(argument => argument === '--fail' || argument.startsWith('--fail='));
  if (at < 0) return { trouble: 'none', json: rest.length < args.length, rest };
  const inline = rest[at]?.split('=')[1];
  const given = inline ?? rest[at + 1];
  const trouble = TROUBLES.find(known => known === given);
  if (!trouble) {
    throw failure('INVALID_CONFIGURATION', {
      problems: [`--fail must be one of ${TROUBLES.join(', ')}; it is ${given ?? 'missing'}.`],
    });
  }
  return { trouble, json: rest.length < args.length, rest: rest.toSpliced(at, inline === undefined ? 2 : 1) };
}
