/**
 * Writes action.yml, the tables of the README and the JSON schemas from the tables in src, as compiled into build/.
 * With --check it writes nothing, names the files that differ and fails.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../build/config/schema.js';
import { INPUTS, OUTPUTS } from '../build/inputs.js';
import { resultJsonSchema } from '../build/report/result-schema.js';
import { generatedFiles } from './lib/generated.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');
const files = generatedFiles({
  inputs: INPUTS,
  outputs: OUTPUTS,
  configuration: configSchema,
  result: resultJsonSchema(),
  readme: await readFile(join(root, 'README.md'), 'utf8'),
});

const different = [];
for (const [path, text] of Object.entries(files)) {
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (before === text) continue;
  different.push(path);
  if (isCheck) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

if (different.length === 0) console.log('Every generated file is what the tables in src say.');
else if (!isCheck) console.log(`Written: ${different.join(', ')}.`);
else {
  console.error(`Not what src says any more: ${different.join(', ')}. Run: npm run generate`);
  process.exitCode = 1;
}
