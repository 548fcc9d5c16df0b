import { handover } from '../cluster/support/load.js';
import type { LoadedRun } from './stage.js';

/** When users met green first and blue last on fresh connections, in ms after the routing write's answer. */
export function handoverOf({ run, samples }: LoadedRun, from: string, to: string) {
  const { switches } = JSON.parse(run.outputs.evidence ?? '{"switches":[]}') as {
    switches: readonly { at: number; answeredInMs: number }[];
  };
  const [write] = switches;
  if (!write) throw new Error(`The evidence holds no switch: ${run.outputs.evidence}`);
  const byVersion = samples.map(({ version, ...sample }) => ({ ...sample, ...(version ? { slot: version } : {}) }));
  const { firstNew, lastOld } = handover(byVersion, write.at - performance.timeOrigin, from, to);
  return { firstGreen: firstNew, lastBlue: lastOld };
}

/** Prints a measurement into the test's output. */
export function tell(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
