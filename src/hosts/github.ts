/** GitHub Actions. The only file that imports @actions/core. */
import { saveState, setOutput, summary as stepSummary } from '@actions/core';
import { workflowEvent } from '../lib/github/event.js';
import { cutLines, shorten } from '../lib/text.js';
import type { Clock } from '../platforms/port.js';
import { ANNOUNCED } from './announcement.js';
import { githubInputs } from './inputs.js';
import type { Host, Log, RunIdentity, World } from './port.js';
import { readable } from './readable.js';
import { openSink, type Sink, throttled, wantsDebug } from './sink.js';

/** GitHub cuts annotations at 4096 characters, and drops a summary of more than 1 MiB whole. */
const ANNOTATION = 4_000;
const SUMMARY_BYTES = 1_000_000;

/**
 * The log is written with workflow commands to the world's stdout rather than through @actions/core, which knows only
 * the process's own: lines, masks and annotations keep their order. Outputs, state and summary are its part.
 */
export function githubHost(world: World, clock: Clock): Host {
  const sink = openSink();
  const command = commandWriter(world);
  const log = openLog(world, sink, clock, command);
  const host: Host = {
    id: 'github',
    inputs: githubInputs(world),
    run: identify(world.environment),
    log,
    mask(secret) {
      for (const part of sink.mask(secret)) if (!part.includes('\n')) command('add-mask', part);
    },
    redact: sink.redact,
    output: async (name, value) => setOutput(name, sink.redact(value)),
    async summary(markdown) {
      // Servers older than summaries name no file for them.
      if (!world.environment.GITHUB_STEP_SUMMARY) return log.info(readable(markdown));
      const note = '_The summary was cut here: GitHub shows at most 1 MiB._\n';
      await stepSummary.addRaw(cutLines(sink.redact(markdown), SUMMARY_BYTES, note)).write();
    },
    fail: message => command('error', shorten(sink.safe(message), ANNOTATION)),
    state: {
      save: (name, value) => saveState(name, value),
      read: name => world.environment[`STATE_${name}`] || undefined,
    },
    announce(release) {
      const stage = { host, world, event: workflowEvent(world.environment), clock };
      const loaded = import('./github-announcement.js').then(({ announceOnGithub }) =>
        announceOnGithub(stage, release),
      );
      return { end: async ended => (await loaded)?.end(ended) };
    },
    async endAnnounced(token, ended) {
      const begun = host.state?.read(ANNOUNCED);
      if (!begun) return;
      const { endAnnouncement } = await import('./github-announcement.js');
      const stage = { host, world, event: workflowEvent(world.environment), clock };
      await endAnnouncement(stage, JSON.parse(begun), token, ended);
    },
  };
  return host;
}

type Command = (name: string, text?: string) => void;

/** Writes `::name::text`, with the line ends escaped that would otherwise end the command. */
function commandWriter(world: World): Command {
  const escaped = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  return (name, text = '') => void world.stdout.write(`::${name}::${escaped(text)}\n`);
}

function openLog(world: World, sink: Sink, clock: Clock, command: Command): Log {
  const line = (text: string) => void world.stdout.write(`${sink.safe(text)}\n`);
  const annotate = (name: string) => (text: string) => command(name, shorten(sink.safe(text), ANNOTATION));
  // Hidden by the runner unless step debugging is on; our own switch asks for plain lines.
  const runnerShowsDebug = wantsDebug({ ...world.environment, CUTOVER_DEBUG: undefined });
  const debug = runnerShowsDebug ? annotate('debug') : (text: string) => line(`debug: ${text}`);
  let isOpen = false;
  return {
    debug: wantsDebug(world.environment) ? debug : () => undefined,
    info: line,
    warning: annotate('warning'),
    error: annotate('error'),
    waiting: throttled(clock, line),
    group(title) {
      // Groups do not nest: inside of one, a title is a line.
      if (isOpen) {
        line(title);
        return () => undefined;
      }
      isOpen = true;
      command('group', sink.safe(title));
      return () => {
        if (isOpen) command('endgroup');
        isOpen = false;
      };
    },
  };
}

function identify(environment: World['environment']): RunIdentity {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id = 'unknown' } = environment;
  const attempt = environment.GITHUB_RUN_ATTEMPT || '1';
  const link = server && repository ? `${server}/${repository}/actions/runs/${id}/attempts/${attempt}` : undefined;
  const actor = environment.GITHUB_TRIGGERING_ACTOR || environment.GITHUB_ACTOR || 'unknown';
  return { id: `github-${id}-${attempt}`, actor, link };
}
