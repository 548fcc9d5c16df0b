import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { read } from '../meta/support/repository.js';
import { missing, Pipeline } from './pipeline.js';
import { ArchiveServer } from './registry.js';

const lack = missing();
if (lack) process.stderr.write(`  The pipeline of the component's project is not run: ${lack}.\n`);
const here = lack ? describe.skip : describe;

here('the pipeline of the component’s own project', () => {
  test.each([
    ['1.2.3', '/archive/v1.2.3.tar.gz'],
    ['', '/archive/main.tar.gz'],
  ])('fetches the program of the tag "%s" where this repository has it', async (tag, path) => {
    const source = mkdtempSync(join(tmpdir(), 'cutover-source-'));
    mkdirSync(join(source, 'dist'));
    writeFileSync(join(source, 'dist/index.js'), 'the program');
    // This repository tags v1.2.3 alone: see .github/workflows/release.yml.
    await using archives = await ArchiveServer.of(source, 'cutover', /archive\/\d/);
    using pipeline = new Pipeline({ text: read('gitlab/.gitlab-ci.yml') });
    const variables = { CI_COMMIT_TAG: tag, SOURCE: `${archives.url}/archive` };
    const words = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    const { exitCode, log } = await pipeline.run([...words, 'program']);
    rmSync(source, { recursive: true });
    expect({ exitCode, asked: archives.asked, log: exitCode === 0 ? '' : log }).toEqual({
      exitCode: 0,
      asked: [path],
      log: '',
    });
    expect(pipeline.artifact('program', 'program/index.js')).toBe('the program');
  });

  test('is what tags without a v are released by, and this repository tags with one', () => {
    expect(readFileSync(join(import.meta.dirname, '../../.github/workflows/release.yml'), 'utf8')).toContain(
      "tags: ['v[",
    );
  });
});
