/** Inputs, wherever a host gives them: variables of the environment and the command line. */
import { failure } from '../failures.js';
import { INPUTS } from '../inputs.js';
import type { World } from './port.js';

type Inputs = Readonly<Record<string, string>>;

/** The variables CUTOVER_* that are no inputs: a switch of this tool, and what checks and later jobs are told by it. */
const NO_INPUT = /^CUTOVER_(DEBUG$|SLOT$|TARGET$|OUTPUT_)/;

/**
 * INPUT_LIVE-URL -> live-url: GitHub keeps hyphens. Those that are empty were not given. The command line, which an
 * action does not have but a `run:` step may, wins.
 */
export function githubInputs({ environment, arguments: given }: World): Inputs {
  return { ...fromVariables(environment, 'INPUT_', name => name.toLowerCase()), ...fromCommandLine(given) };
}

/** CUTOVER_LIVE_URL -> live-url, and what the command line says, which wins. */
export function commandInputs({ environment, arguments: given }: World): Inputs {
  const variables = fromVariables(environment, 'CUTOVER_', name => name.toLowerCase().replaceAll('_', '-'));
  return { ...variables, ...fromCommandLine(given) };
}

function fromVariables(environment: World['environment'], prefix: string, toName: (name: string) => string): Inputs {
  const found = Object.entries(environment).flatMap(([variable, value]) => {
    if (!variable.startsWith(prefix) || NO_INPUT.test(variable) || !value?.trim()) return [];
    return [[toName(variable.slice(prefix.length)), value.trim()] as const];
  });
  return Object.fromEntries(found);
}

/** `--name` or `--name=value`. Whatever else begins with a hyphen, such as `- http: ...` of inline YAML, is a value. */
const OPTION = /^--([^\s=]+)(?:=([\s\S]*))?$/;

/**
 * `verb --name value --name=value --flag`. A name without a value is `true`; those of the table that are flags take
 * one only behind `=`, so that `--dry-run switch` means what it says. Throws INVALID_CONFIGURATION with every mistake.
 */
export function fromCommandLine(given: readonly string[]): Inputs {
  const inputs = new Map<string, string>();
  const problems: string[] = [];
  // The values are not told: one of them may be a token.
  const put = (name: string, value: string) => {
    if ((inputs.get(name) ?? value) !== value) problems.push(`Input ${name} is given twice, with different values.`);
    inputs.set(name, value);
  };
  const words = given[Symbol.iterator]();
  let ahead = words.next();
  while (!ahead.done) {
    const word = ahead.value;
    ahead = words.next();
    const [, name, inline] = OPTION.exec(word) ?? [];
    if (name === undefined) {
      if (inputs.has('verb')) problems.push(`The command line says "${word}", which belongs to no input.`);
      else put('verb', word);
      continue;
    }
    const takesNext = inline === undefined && !isFlag(name) && !ahead.done && !OPTION.test(ahead.value);
    put(name, inline ?? (takesNext ? String(ahead.value) : 'true'));
    if (takesNext) ahead = words.next();
  }
  if (problems.length > 0) throw failure('INVALID_CONFIGURATION', { problems });
  return Object.fromEntries(inputs);
}

function isFlag(name: string): boolean {
  return INPUTS.some(input => input.name === name && input.kind === 'boolean');
}
