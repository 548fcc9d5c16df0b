/** A person's terminal, or any place that is no CI system we know. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { styleText } from 'node:util';
import { shorten } from '../lib/text.js';
import type { Clock } from '../platforms/port.js';
import { commandInputs } from './inputs.js';
import type { Host, Log, RunIdentity, World } from './port.js';
import { readable } from './readable.js';
import { openSink, type Sink, throttled, wantsDebug } from './sink.js';

/** With `--json` stdout is for machines: one document when the run has ended, and every line for people on stderr. */
const JSON_OPTION = '--json';

export function terminalHost(given: World, clock: Clock): Host {
  const isJson = given.arguments.includes(JSON_OPTION);
  const words = given.arguments.filter(word => word !== JSON_OPTION);
  const world = isJson ? { ...given, arguments: words, stdout: given.stderr } : given;
  const sink = openSink();
  const log = openLog(world, sink, clock);
  return {
    id: 'terminal',
    inputs: commandInputs(world),
    run: identify(world.environment),
    log,
    mask: secret => void sink.mask(secret),
    redact: sink.redact,
    // Nobody reads them here by name: the summary and result.json say the same.
    output: async (name, value) => log.debug(`output ${name}: ${value}`),
    summary: async markdown => log.info(`\n${readable(markdown)}\n`),
    data: document => void (isJson && given.stdout.write(`${sink.redact(JSON.stringify(document))}\n`)),
    fail: message => log.error(message),
    state: undefined,
  };
}

type Style = Parameters<typeof styleText>[0];

function openLog(world: World, sink: Sink, clock: Clock): Log {
  const { stdout, stderr } = world;
  const style = styler(world);
  const waiting = stdout.isTTY ? overwriting(stdout) : undefined;
  let depth = 0;
  const writer = (stream: NodeJS.WritableStream, look?: Style) => (text: string) => {
    waiting?.clear();
    const indent = '  '.repeat(depth);
    const safe = sink.safe(text).replace(/^(?=.)/gm, indent);
    stream.write(`${look ? style(look, safe) : safe}\n`);
  };
  const info = writer(stdout);
  const title = writer(stdout, 'bold');
  return {
    debug: wantsDebug(world.environment) ? writer(stdout, 'dim') : () => undefined,
    info,
    warning: writer(stderr, 'yellow'),
    error: writer(stderr, 'red'),
    waiting: waiting
      ? text => waiting.show(style('dim', shorten(sink.safe(text).replace(/\s+/g, ' '), waiting.width())))
      : throttled(clock, info),
    group(text) {
      title(text);
      depth++;
      let isOpen = true;
      return () => {
        if (isOpen) depth--;
        isOpen = false;
      };
    },
  };
}

/** Colours are for people: only on a terminal, and not when NO_COLOR says so. */
function styler({ stdout, environment }: World): (style: Style, text: string) => string {
  const isPlain = !stdout.isTTY || Boolean(environment.NO_COLOR) || environment.TERM === 'dumb';
  // The decision is made: what styleText thinks of the process's own stdout does not count.
  return isPlain ? (_, text) => text : (style, text) => styleText(style, text, { validateStream: false });
}

/** One line that is written over again and again, and taken away before another line comes. */
function overwriting(stream: NodeJS.WritableStream & { readonly columns?: number }) {
  let isShown = false;
  return {
    width: () => (stream.columns ?? 80) - 1,
    show(line: string) {
      stream.write(`\r\x1b[2K${line}`);
      isShown = true;
    },
    clear() {
      if (isShown) stream.write('\r\x1b[2K');
      isShown = false;
    },
  };
}

function identify(environment: World['environment']): RunIdentity {
  return { id: `terminal-${hostname()}-${randomUUID().slice(0, 8)}`, actor: userName(environment), link: undefined };
}

/** A user of a container may have a number only, and then the system knows no name. */
function userName(environment: World['environment']): string {
  try {
    return userInfo().username;
  } catch {
    return environment.USER || 'unknown';
  }
}
