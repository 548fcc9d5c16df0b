import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandOutput, describeEnd, type ExecuteOptions, execute, NotStarted } from '../../src/lib/exec.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exec-'));
});
afterAll(() => rm(directory, { recursive: true }));

function shell(script: string, options: Partial<ExecuteOptions> = {}) {
  const environment = { PATH: process.env.PATH ?? '' };
  const signal = new AbortController().signal;
  return execute(['/bin/sh', '-c', script], { directory, environment, timeoutMs: 10_000, signal, ...options });
}

/** Whether a process is there and not merely uncollected by its parent. */
async function runs(id: number): Promise<boolean> {
  const status = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  return status !== undefined && !/\) Z /.test(status);
}

describe('a program that ends by itself', () => {
  test('gives its exit code, and both streams in one text', async () => {
    const { exitCode, output, timedOut } = await shell('echo out; echo err >&2; exit 3');
    expect({ exitCode, timedOut }).toEqual({ exitCode: 3, timedOut: false });
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('streams whole lines, the last one without an end included', async () => {
    const lines: string[] = [];
    await shell('printf "on"; sleep 0.05; printf "e\\ntwo\\nthr"; printf "ee"', { onLine: line => lines.push(line) });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  test('keeps the end of a long output and says that something was cut', async () => {
    const { output } = await shell('i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i+1)); done', { keep: 40 });
    expect(output).toMatch(/^…[\s\S]{40}$/);
    expect(output).toMatch(/line 499\n$/);
  });

  test('runs in its folder with its environment and nothing else', async () => {
    const environment = { PATH: process.env.PATH ?? '', GREEN_URL: 'http://green' };
    const { output } = await shell('pwd; echo "$GREEN_URL $HOME"', { environment });
    expect(output).toContain(`http://green \n`);
    expect(output).toContain(directory);
  });

  test('names the signal that somebody else sent', async () => {
    expect(await shell('kill -SEGV $$')).toMatchObject({ exitCode: undefined, endedBy: 'SIGSEGV', timedOut: false });
  });

  test('takes what it left in the background with it', async () => {
    const before = performance.now();
    const { output } = await shell('sleep 60 & echo $!', { graceMs: 300 });
    expect(await runs(Number(output.trim()))).toBe(false);
    expect(performance.now() - before).toBeLessThan(3_000);
  });
});

describe('a program that does not end', () => {
  test('is stopped by the timeout, with its children', async () => {
    const execution = await shell('sleep 60 & echo $!; wait', { timeoutMs: 200, graceMs: 300 });
    expect(execution).toMatchObject({ timedOut: true, exitCode: undefined, endedBy: undefined });
    expect(await runs(Number(execution.output.trim()))).toBe(false);
    expect(describeEnd(execution, 200)).toBe('did not end within 200 ms and was stopped');
  });

  test('is ended for good when it does not listen', async () => {
    const script = 'trap "" TERM; echo $$; while :; do sleep 0.05; done';
    const execution = await shell(script, { timeoutMs: 200, graceMs: 200 });
    expect(execution.timedOut).toBe(true);
    expect(await runs(Number(execution.output.trim()))).toBe(false);
    expect(execution.durationMs).toBeLessThan(3_000);
  });

  test('is stopped by the signal, which is what the caller gets', async () => {
    const stop = new AbortController();
    let id = 0;
    const running = shell('echo $$; sleep 60', {
      graceMs: 300,
      signal: stop.signal,
      onLine: line => {
        id = Number(line);
        stop.abort(new Error('cancelled'));
      },
    });
    await expect(running).rejects.toThrow('cancelled');
    expect(await runs(id)).toBe(false);
  });

  test('does not even start when the signal came first', async () => {
    await expect(shell('echo hello', { signal: AbortSignal.abort('before') })).rejects.toBe('before');
  });

  test('cannot hold us by a child that left the group', async () => {
    const execution = await shell('setsid sleep 4 & sleep 60', { timeoutMs: 100, graceMs: 100 });
    expect(execution.timedOut).toBe(true);
    expect(execution.durationMs).toBeLessThan(2_000);
  });
});

describe('a program that cannot be started', () => {
  const start = (program: string, folder = directory) =>
    execute([program], { directory: folder, environment: {}, timeoutMs: 1_000, signal: new AbortController().signal });

  test('because it does not exist', async () => {
    const thrown = await start('no-such-program').catch(error => error);
    expect(thrown).toBeInstanceOf(NotStarted);
    expect(thrown.message).toBe('no-such-program was not found, neither as a path nor on the PATH.');
    expect(thrown.cause).toMatchObject({ code: 'ENOENT' });
  });

  test('because it may not be executed', async () => {
    const file = join(directory, 'plain.sh');
    await writeFile(file, 'echo hello');
    await chmod(file, 0o644);
    await expect(start(file)).rejects.toThrow('may not be executed; give it the permission with chmod +x.');
  });

  test('because its folder does not exist', async () => {
    await expect(start('/bin/true', '/no/such/folder')).rejects.toThrow('its folder /no/such/folder does not exist.');
  });
});

describe('the output of a helper', () => {
  const signal = new AbortController().signal;
  const options = () => ({ directory, signal });

  test('is trimmed', async () => {
    expect(await commandOutput('/bin/echo', [' hello '], options())).toBe('hello');
  });

  test('is undefined when the helper fails, is missing or takes too long', async () => {
    expect(await commandOutput('/bin/false', [], options())).toBeUndefined();
    expect(await commandOutput('no-such-program', [], options())).toBeUndefined();
    expect(await commandOutput('/bin/sleep', ['1'], { ...options(), timeoutMs: 50 })).toBeUndefined();
  });
});
