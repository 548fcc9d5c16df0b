import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';

/** A Node to run the bundle with. */
export interface Node {
  readonly path: string;
  readonly version: string;
}

/** The Node that runs the tests (24, a development dependency) and the machine's own, if it is another major version. */
export function nodes(): readonly Node[] {
  const own = { path: process.execPath, version: process.version };
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(folder => !folder.includes(`${sep}node_modules${sep}`));
  const machine = folders
    .map(folder => join(folder, 'node'))
    .find(path => existsSync(path) && dirname(path) !== dirname(process.execPath));
  if (!machine) return [own];
  const version = execFileSync(machine, ['--version'], { encoding: 'utf8' }).trim();
  return major(version) === major(own.version) ? [own] : [own, { path: machine, version }];
}

function major(version: string): string {
  return version.split('.')[0] ?? '';
}
