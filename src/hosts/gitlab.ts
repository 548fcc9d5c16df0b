/** GitLab CI. It has no job summary and no run-time masks: both are done here, in the log. */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { INPUTS } from '../inputs.js';
import type { Clock } from '../platforms/port.js';
import type { Outcome } from '../release/model.js';
import { ANNOUNCED } from './announcement.js';
import { Dotenv } from './dotenv.js';
import { gitlabState } from './gitlab-state.js';
import { commandInputs } from './inputs.js';
import type { Host, Log, RunIdentity, World } from './port.js';
import { readable } from './readable.js';
import { openSink, type Sink, throttled, wantsDebug } from './sink.js';

/** Where outputs go; the component declares it as `artifacts:reports:dotenv`. */
export const DOTENV_FILE = 'cutover.env';

/** Links that GitLab shows beside the job; the component declares it as `artifacts:reports:annotations`. */
const ANNOTATIONS_FILE = 'annotations.json';

export function gitlabHost(world: World, clock: Clock): Host {
  const sink = openSink();
  // GitLab masks what is registered as masked, and in its own log alone.
  if (world.environment.CI_JOB_TOKEN) sink.mask(world.environment.CI_JOB_TOKEN);
  const log = openLog(world, sink, clock);
  const outputs = new Dotenv();
  let lastSummary: string | undefined;
  const host: Host = {
    id: 'gitlab',
    inputs: withoutDefaults(commandInputs(world)),
    run: identify(world.environment),
    log,
    mask: secret => void sink.mask(secret),
    redact: sink.redact,
    async output(name, value) {
      const leftOut = outputs.set(name, sink.redact(value));
      if (leftOut) log.debug(`The output ${name} is not in ${DOTENV_FILE}: ${leftOut}. result.json has it.`);
      else await writeFile(join(world.workspace, DOTENV_FILE), outputs.text());
    },
    async summary(markdown) {
      lastSummary = markdown;
      const end = log.group('Summary');
      log.info(readable(markdown));
      end();
    },
    filesBeside: (outcome, folder) => ({ [ANNOTATIONS_FILE]: sink.redact(annotations(outcome, folder, world)) }),
    fail: message => log.error(message),
    announce(release) {
      const stage = { host, world, clock, summary: () => lastSummary };
      const loaded = import('./gitlab-announcement.js').then(({ announceOnGitlab }) =>
        announceOnGitlab(stage, release),
      );
      return { end: async ended => (await loaded)?.end(ended) };
    },
    async endAnnounced(token, ended) {
      const begun = host.state?.read(ANNOUNCED);
      if (!begun) return;
      const { endAnnouncement } = await import('./gitlab-announcement.js');
      await endAnnouncement({ host, world, clock, summary: () => lastSummary }, JSON.parse(begun), token, ended);
    },
    state: gitlabState(world, log.warning),
  };
  return host;
}

/**
 * The component passes its booleans on whether or not somebody set them, so one that has its default counts as not
 * given: otherwise it would overrule what cutover.yml says.
 */
function withoutDefaults(inputs: Host['inputs']): Host['inputs'] {
  const isDefault = ([name, value]: readonly [string, string]) =>
    INPUTS.some(input => input.name === name && input.kind === 'boolean' && input.default === value);
  return Object.fromEntries(Object.entries(inputs).filter(entry => !isDefault(entry)));
}

function openLog(world: World, sink: Sink, clock: Clock): Log {
  const write = (prefix: string) => (text: string) => void world.stdout.write(`${prefix}${sink.safe(text)}\n`);
  const info = write('');
  let sections = 0;
  return {
    debug: wantsDebug(world.environment) ? write('debug: ') : () => undefined,
    info,
    warning: write('WARNING: '),
    error: write('ERROR: '),
    waiting: throttled(clock, info),
    group(title) {
      const name = `cutover_${++sections}`;
      const mark = (edge: 'start' | 'end') =>
        `\x1b[0Ksection_${edge}:${Math.floor(clock.now() / 1_000)}:${name}\r\x1b[0K`;
      world.stdout.write(`${mark('start')}${sink.safe(title)}\n`);
      let isOpen = true;
      return () => {
        if (isOpen) world.stdout.write(`${mark('end')}\n`);
        isOpen = false;
      };
    },
  };
}

/** The report among the job's artifacts, and every live URL that was watched. */
function annotations({ evidence }: Outcome, folder: string, { workspace, environment }: World): string {
  const within = relative(workspace, folder);
  const report = environment.CI_JOB_URL && !within.startsWith('..');
  const links = [
    ...(report ? [{ label: 'Report', url: `${environment.CI_JOB_URL}/artifacts/file/${within}/report.html` }] : []),
    ...evidence.probes.map(({ url }) => ({ label: 'Live', url })),
  ];
  return `${JSON.stringify({ cutover: links.map(link => ({ external_link: link })) })}\n`;
}

function identify(environment: World['environment']): RunIdentity {
  const { CI_PIPELINE_ID: pipeline = 'unknown', CI_JOB_ID: job = 'unknown', CI_JOB_URL: link } = environment;
  return {
    id: `gitlab-${pipeline}-${job}`,
    actor: environment.GITLAB_USER_LOGIN || 'unknown',
    link: link || undefined,
  };
}
