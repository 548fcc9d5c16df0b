/** Inputs, wherever a host gives them: variables of the environment and the command line. */
import { parseArgs } from 'node:util';
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

/**
 * `verb --name value --name=value --flag`. A name without a value is `true`; those of the table that are flags take
 * one only behind `=`, so that `--dry-run switch` means what it says. Throws INVALID_CONFIGURATION with every mistake.
 */
export function fromCommandLine(given: readonly string[]): Inputs {
  const { tokens } = parseArgs({ args: [...given], strict: false, allowPositionals: true, tokens: true });
  const inputs = new Map<string, string>();
  const problems: string[] = [];
  const put = (name: string, value: string) => {
    const before = inputs.get(name);
    if (before !== undefined && before !== value)
      problems.push(`Input ${name} is given twice: ${before} and ${value}.`);
    inputs.set(name, value);
  };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token?.kind === 'option') {
      const takesNext = token.value === undefined && !isFlag(token.name) && next?.kind === 'positional';
      put(token.name, token.value ?? (takesNext ? next.value : 'true'));
      if (takesNext) at++;
    } else if (token?.kind === 'positional') {
      if (inputs.has('verb')) problems.push(`The command line says "${token.value}", which belongs to no input.`);
      else put('verb', token.value);
    }
  }
  if (problems.length > 0) throw failure('INVALID_CONFIGURATION', { problems });
  return Object.fromEntries(inputs);
}

function isFlag(name: string): boolean {
  return INPUTS.some(input => input.name === name && input.kind === 'boolean');
}
