import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { resultSchema } from '../../src/report/result-schema.js';
import { BUNDLE } from './stage.js';

/** What the bundle says to a command line, outside of any CI system. */
function started(words: readonly string[]) {
  const env = { PATH: process.env.PATH ?? '', HOME: tmpdir() };
  return spawnSync(process.execPath, [BUNDLE, ...words], { cwd: tmpdir(), env, encoding: 'utf8', timeout: 20_000 });
}

describe('a wrong command line', () => {
  const cases: readonly [string, string][] = [
    ['run extra', 'The command line says "extra", which belongs to no input.'],
    ['run --image a --image b', 'Input image is given twice, with different values.'],
    ['frobnicate', 'Input verb must be one of run, plan'],
    ['rehearse', 'No target is given'],
    ['rehearse --fail x', '--fail must be one of ready, verify, bake; it is x.'],
    ['demo --fail x', '--fail must be smoke or bake; it is "x".'],
    ['approve', '"" is not the digest of a plan'],
    ['deny 12345', '"12345" is not the digest of a plan'],
  ];
  test.each(cases)('%s: exit code 2, and a sentence', (line, sentence) => {
    const { status, stderr, stdout } = started(line.split(' '));
    expect({ status, stdout: line === 'frobnicate' ? '' : stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  test.each(cases.map(([line]) => line))('%s: with --json, one document on stdout', line => {
    const { status, stdout } = started([...line.split(' '), '--json']);
    const document = resultSchema.parse(JSON.parse(stdout));
    expect({ status, result: document.result, exitCode: document.exitCode }).toEqual({
      status: 2,
      result: 'invalid',
      exitCode: 2,
    });
    expect(document.failures.map(({ code }) => code)).toEqual(['INVALID_CONFIGURATION']);
  });
});
