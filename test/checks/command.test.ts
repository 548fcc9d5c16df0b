import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { INPUTS } from '../../src/inputs.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'command-'));
  await writeFile(join(workspace, 'smoke.sh'), '#!/bin/sh\necho "$GREEN_URL $1"\nexit $2\n', { mode: 0o755 });
});
afterAll(() => rm(workspace, { recursive: true }));

const never = new AbortController().signal;
const PATH = process.env.PATH ?? '';

async function run(command: object, environment: Record<string, string> = {}) {
  const { tools, said } = toolsFor(workspace, { PATH, ...environment });
  const result = await inspect(checkOf({ command }), subjectAt('http://green'), tools, never);
  return { ...result, said };
}

describe('a command check', () => {
  test('passes with exit code 0, and its output is in the debug log', async () => {
    const result = await run({ run: "./smoke.sh 'a b' 0" });
    expect(result).toMatchObject({ verdict: 'pass', attempts: 1, said: ["./smoke.sh 'a b' 0: http://green a b"] });
    expect(result.reason).toMatch(/^\.\/smoke\.sh 'a b' 0 ended with exit code 0 after .+ m?s\.$/);
  });

  test('fails with any other, and ends with its last words', async () => {
    const result = await run({ run: ['./smoke.sh', '\u001b[31mtoo\tslow', '3'] });
    expect(result.verdict).toBe('fail');
    expect(result.reason).toMatch(/ ended with exit code 3 after .+ m?s: http:\/\/green too slow$/);
  });

  test('shows the end of a long output only', async () => {
    const { reason } = await run({ run: 'for i in 1 2 3 4 5 6 7; do echo "line $i"; done; exit 1', shell: true });
    expect(reason).toMatch(/: line 3 \/ line 4 \/ line 5 \/ line 6 \/ line 7$/);
  });

  test('fails when it does not end in time, and is stopped with its children', async () => {
    const result = await run({ run: 'sleep 60 & sleep 60', shell: true, timeout: '100ms' });
    expect(result.verdict).toBe('fail');
    expect(result.reason).toMatch(/did not end within 100 ms and was stopped, without a word\.$/);
  });

  test('finds what it looks at in its environment, and none of the inputs', async () => {
    const names = 'GREEN_URL BLUE_URL CUTOVER_SLOT CUTOVER_VERSION CUTOVER_TARGET EXTRA KEPT INPUT_KUBECONFIG';
    const script = `for name in ${names}; do eval echo "$name=\\$$name"; done; exit 1`;
    const environment = { KEPT: 'kept', INPUT_KUBECONFIG: 'secret' };
    const { said } = await run({ run: script, shell: true, environment: { EXTRA: 'more' } }, environment);
    expect(said.map(line => line.replace(/^.*: /, ''))).toEqual([
      'GREEN_URL=http://green',
      'BLUE_URL=http://blue',
      'CUTOVER_SLOT=shop-green',
      'CUTOVER_VERSION=v2',
      'CUTOVER_TARGET=shop',
      'EXTRA=more',
      'KEPT=kept',
      'INPUT_KUBECONFIG=',
    ]);
  });

  test('does not get any of the inputs, by whatever host they were given', async () => {
    const variables = INPUTS.flatMap(({ name }) => [
      `INPUT_${name.toUpperCase()}`,
      `CUTOVER_${name.toUpperCase().replaceAll('-', '_')}`,
    ]);
    const environment = Object.fromEntries(variables.map(variable => [variable, 'given to cutover']));
    const { said } = await run({ run: 'env', shell: true }, { ...environment, CUTOVER_OUTPUT_RESULT: 'kept' });
    expect(said.filter(line => line.includes('given to cutover'))).toEqual([]);
    expect(said).toContain('env: CUTOVER_OUTPUT_RESULT=kept');
    expect(said).toContain('env: GREEN_URL=http://green');
  });

  test('does not go through a shell unless asked', async () => {
    expect((await run({ run: 'echo $HOME && exit 1' })).said).toEqual(['echo $HOME && exit 1: $HOME && exit 1']);
  });

  test.each([
    ['no-such-program --x', 'no-such-program was not found, neither as a path nor on the PATH.'],
    ["./smoke.sh 'a", "The command opens a quote (') and never closes it: ./smoke.sh 'a"],
  ])('that could not be made is unknown: %s', async (line, reason) => {
    expect(await run({ run: line })).toMatchObject({ verdict: 'unknown', attempts: 0, reason });
  });
});
