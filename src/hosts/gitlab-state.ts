/**
 * What a job's after_script has to know of its script, for GitLab keeps no state: a file beside the checkout's own, which
 * belongs to one job. A runner that keeps its folder between jobs does not mix them up by it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, World } from './port.js';

/** Nobody commits or collects it: the component's artifacts are named one by one. */
export const STATE_FILE = '.cutover-job.json';

interface Stored {
  readonly job: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Undefined outside of a job. What cannot be written is a warning: the after_script asks the platform then. */
export function gitlabState(
  { environment, workspace }: World,
  warn: (text: string) => void,
): NonNullable<Host['state']> | undefined {
  const { CI_JOB_ID: job } = environment;
  if (!job) return undefined;
  const path = join(workspace, STATE_FILE);
  let values = readValues(path, job);
  let isWarned = false;
  return {
    read: name => values[name] || undefined,
    save(name, value) {
      values = { ...values, [name]: value };
      try {
        const stored: Stored = { job, values };
        // At once: a process that is killed leaves the old text or the new one.
        writeFileSync(`${path}.new`, JSON.stringify(stored), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        if (!isWarned) warn(`What the after_script should know could not be written to ${STATE_FILE}: ${why}`);
        isWarned = true;
      }
    },
  };
}

/** Of another job, or half a file: nothing is known. */
function readValues(path: string, job: string): Stored['values'] {
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as Partial<Stored>;
    return stored.job === job ? (stored.values ?? {}) : {};
  } catch {
    return {};
  }
}
