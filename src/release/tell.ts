/** Tells a step while it is made: a group in the log, a line at its end, a row in the report. */
import { asFailure } from '../failures.js';
import { formatDuration } from '../lib/units.js';
import type { StepName, StepStatus } from './model.js';
import type { Ledger, Ports } from './walk.js';

/** Makes a step. `work` answers one line on what came of it, beside what the caller wants to know. */
export async function told<T extends { readonly detail: string }>(
  { clock, log }: Pick<Ports, 'clock' | 'log'>,
  ledger: Ledger,
  step: StepName,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now();
  const endGroup = log.group(`${step}: ${title}`);
  const tell = (status: StepStatus, detail: string) => {
    const durationMs = clock.now() - startedAt;
    ledger.steps.push({ step, status, startedAt, durationMs, detail });
    endGroup();
    log.info(`${step} ${status} in ${formatDuration(durationMs)}: ${detail}`);
  };
  try {
    const made = await work();
    tell('done', made.detail);
    return made;
  } catch (thrown) {
    const failed = asFailure(thrown);
    tell(failed.result === 'cancelled' ? 'cancelled' : 'failed', failed.message);
    throw failed;
  }
}
