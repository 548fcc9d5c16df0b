/** Whole releases in this process, by the code that a runner runs, and how they ended. */
import { outcomeOf } from '../../src/command.js';
import { configSchema } from '../../src/config/schema.js';
import type { Host, World } from '../../src/hosts/port.js';
import { Redactor } from '../../src/lib/redact.js';
import type { Outcome } from '../../src/release/model.js';

export interface Run {
  readonly outcome: Outcome;
  /** Everything that was said, secrets taken out. */
  readonly log: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Another one is another holder. */
  readonly id?: string;
  /** What the runner gives to the job. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told each line as it comes. */
  readonly line?: (text: string) => void;
}

/** @param settings what a cutover.yml would say */
export async function runConfig(
  workspace: string,
  settings: object,
  { id = 'test-1', signal = new AbortController().signal, environment = {}, line = () => undefined }: RunOptions = {},
): Promise<Run> {
  const config = configSchema.parse(settings);
  const lines: string[] = [];
  const world = { program: '', arguments: [], environment, workspace, signal } as unknown as World;
  const outcome = await outcomeOf(hostOf(lines, id, line), world, config);
  return { outcome, log: lines.join('\n') };
}

function hostOf(lines: string[], id: string, line: (text: string) => void): Host {
  const redactor = new Redactor();
  const say = (text: string) => {
    lines.push(redactor.redact(text));
    line(text);
  };
  const group = (title: string) => {
    say(title);
    return () => undefined;
  };
  return {
    id: 'terminal',
    inputs: {},
    run: { id, actor: 'a test', link: undefined },
    log: { debug: say, info: say, warning: say, error: say, waiting: say, group },
    mask: secret => void redactor.add(secret),
    redact: text => redactor.redact(text),
    output: async () => undefined,
    summary: async () => undefined,
    fail: say,
    state: undefined,
  };
}

/** Fails with the whole log unless the run ended so. */
export function expectResult({ outcome, log }: Run, result: Outcome['result']): void {
  if (outcome.result === result) return;
  const said = outcome.failures.map(({ code, message, details }) => `${code}: ${message} ${details.join(' | ')}`);
  throw new Error(`The run ended ${outcome.result}, and not ${result}:\n${said.join('\n')}\n\n${log}`);
}

/** The codes of what was found, each with its severity. */
export function codesOf({ outcome }: Run): readonly string[] {
  return outcome.findings.map(({ severity, code }) => `${severity} ${code}`);
}
