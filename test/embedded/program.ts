/** What instances in processes of their own run in tests: the data plane, compiled as it stands. The bundle starts itself. */
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';

const SOURCE = join(import.meta.dirname, '../../src/embedded/dataplane');

/** The data plane as JavaScript; it goes with this process. */
export const COMPILED = mkdtempSync(join(tmpdir(), 'cutover-program-'));
process.once('exit', () => rmSync(COMPILED, { recursive: true, force: true }));
for (const file of readdirSync(SOURCE)) {
  const jsc = { parser: { syntax: 'typescript' }, target: 'es2023' } as const;
  const { code } = transformFileSync(join(SOURCE, file), { jsc, module: { type: 'es6' } });
  writeFileSync(join(COMPILED, file.replace(/ts$/, 'js')), code);
}
// The libraries that it imports are those of this repository.
symlinkSync(join(SOURCE, '../../../node_modules'), join(COMPILED, 'node_modules'));
writeFileSync(join(COMPILED, 'package.json'), '{"type":"module"}');
const start = "import { serveInstance } from './program.js';\nprocess.exit(await serveInstance());\n";
writeFileSync(join(COMPILED, 'start.js'), start);

/** To be given to an embedded platform as its `program`. */
export const PROGRAM: readonly string[] = [process.execPath, join(COMPILED, 'start.js')];
