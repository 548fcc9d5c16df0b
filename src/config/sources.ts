/** Where a configuration comes from: a file, and inputs that win over it. What cannot be read becomes a problem. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import { INPUTS, type Input } from '../inputs.js';
import { at, type Data, isData, put } from './paths.js';

export interface Raw {
  /** The merged configuration, before placeholders, defaults and validation. */
  readonly data: Data;
  /** Which input put a value at a path. */
  readonly inputAt: ReadonlyMap<string, string>;
  /** The file's name as given; undefined without one. */
  readonly file: string | undefined;
}

/** Reads the file and the inputs. `problem` is told every mistake, and reading goes on. */
export function readSources(
  inputs: Readonly<Record<string, string>>,
  workspace: string,
  problem: (sentence: string) => void,
): Raw {
  const file = inputs.config;
  const data = file === undefined ? {} : readFile(file, workspace, problem);
  const inputAt = new Map<string, string>();
  const targets = at(data, ['targets']);
  const several = Array.isArray(targets) && targets.length > 1;
  for (const input of INPUTS) {
    const given = inputs[input.name];
    if (given === undefined || input.path === '') continue;
    if (several && input.path.startsWith('targets.')) {
      problem(`Input ${input.name} speaks of one target, but ${file} has ${targets.length}; say it there.`);
      continue;
    }
    const value = convert(input, given, workspace, problem);
    inputAt.set(input.path, input.name);
    if (value !== undefined) put(data, input.path, value);
  }
  return { data, inputAt, file };
}

function readFile(file: string, workspace: string, problem: (sentence: string) => void): Data {
  try {
    const data = load(readFileSync(resolve(workspace, file), 'utf8'), { filename: file });
    if (isData(data) && !Array.isArray(data)) return data;
    problem(`${file} must hold a mapping, such as targets: and verify:.`);
  } catch (thrown) {
    problem(`Input config: ${file} cannot be read: ${reasonOf(thrown)}.`);
  }
  return {};
}

function convert(input: Input, given: string, workspace: string, problem: (sentence: string) => void): unknown {
  switch (input.kind) {
    case 'boolean':
      if (given === 'true' || given === 'false') return given === 'true';
      problem(`Input ${input.name} must be true or false; it is "${given}".`);
      return undefined;
    case 'lines':
      return convertLines(input, given, problem);
    case 'yaml':
      return convertYaml(input, given, workspace, problem);
    default:
      return input.name === 'service' ? routesOf(given) : given.trim();
  }
}

function routesOf(services: string): readonly string[] | 'none' {
  if (services.trim() === 'none') return 'none';
  const names = services.split(/[\s,]+/).filter(name => name !== '');
  return names.map(name => (name.includes('/') ? name : `service/${name}`));
}

function convertLines(input: Input, given: string, problem: (sentence: string) => void): unknown {
  const pairs = given.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.trim()]));
  const wrong = pairs.filter(pair => !/^[^=]+=.+$/.test(pair));
  for (const pair of wrong) problem(`Input ${input.name} has the line "${pair}"; write container=image.`);
  return Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** Inline YAML, or the path of a YAML file: text without structure of its own is a path. */
function convertYaml(input: Input, given: string, workspace: string, problem: (sentence: string) => void): unknown {
  try {
    const inline = load(given, { filename: `input ${input.name}` });
    if (isData(inline)) return inline;
    const path = resolve(workspace, given.trim());
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      problem(`Input ${input.name} is "${given.trim()}", which is neither YAML nor a file in the workspace.`);
      return undefined;
    }
    return load(readFileSync(path, 'utf8'), { filename: given.trim() });
  } catch (thrown) {
    problem(`Input ${input.name} cannot be read: ${reasonOf(thrown)}.`);
    return undefined;
  }
}

function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.split('\n')[0]?.replace(/\.$/, '') ?? message;
}
