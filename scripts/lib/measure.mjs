/** Measures programs: how long they run, and how much memory they take at most. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Leaves the most memory that the process ever had, in KiB, as the last line of its stderr. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    const peak = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    process.stderr.write('\\npeak memory ' + peak + '\\n');
  });`)}`;

/** Whether this system can say how much memory a process had at most. */
export function canMeasureMemory() {
  try {
    return /VmHWM/.test(readFileSync('/proc/self/status', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end. Throws when it fails or takes longer than a minute.
 * @returns wall time in ms, and what it wrote
 */
export async function run(program, words, options = {}) {
  const startedAt = performance.now();
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, ...options });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', text => (written[name] += text));
  const [code] = await once(child, 'close');
  const ms = performance.now() - startedAt;
  if (code !== 0)
    throw new Error(`${program} ${words.join(' ')} ended with ${code}:\n${written.stdout}${written.stderr}`);
  return { ms, ...written };
}

/** The same, with the most memory that it had in MB. */
export async function runForMemory(program, words, options) {
  const done = await run(program, ['--import', TELL_MEMORY, ...words], options);
  return { ...done, megabytes: Number(/peak memory (\d+)\s*$/.exec(done.stderr)?.[1]) / 1024 };
}

/** Median wall times of two programs, run in turn so that what disturbs the machine disturbs both. */
export async function compare(times, one, other) {
  const measured = [[], []];
  for (let count = 0; count < times; count++) {
    measured[0].push((await run(...one)).ms);
    measured[1].push((await run(...other)).ms);
  }
  return measured.map(median);
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
