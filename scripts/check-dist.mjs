/** Rebuilds dist/ and compares it with what is committed. The bundle is what runners execute: it has to be what the sources say. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '../..');
const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

if (git('ls-files', '--', 'dist').length === 0) {
  console.error('dist/ is not committed. Run: npm run build, then commit dist/.');
  process.exit(1);
}
const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (status !== 0) {
  console.error('dist/ could not be built: see above.');
  process.exit(1);
}

const changed = git('diff', '--name-status', 'HEAD', '--', 'dist');
const added = git('ls-files', '--others', '--', 'dist').map(file => `A\t${file}`);
const words = { A: 'is not committed', D: 'is not made any more', M: 'differs' };
const different = [...changed, ...added].map(line => line.split('\t'));

if (different.length === 0) console.log('dist/ is what the sources build, to the byte.');
else {
  for (const [state, file] of different) console.error(`${file} ${words[state] ?? 'differs'}.`);
  console.error('dist/ was rebuilt just now: look at it, and commit it.');
  process.exitCode = 1;
}
