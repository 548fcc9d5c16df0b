/** The child's side of `InstanceProcess`: one instance, which its parent leads by messages and ends by signals. */
import type { Answer } from './answers.js';
import type { GaugeReading } from './gauge.js';
import { Instance, type InstanceOptions } from './instance.js';

/** What an instance's process is told. The first message is `start`. */
export type Order =
  | { readonly start: ProgramOptions }
  | { readonly answer: { readonly path: string; readonly answer?: Answer | undefined } }
  | { readonly everything: { readonly answer?: Answer | undefined } }
  | { readonly failAfterMs: number };

/** What an instance's process tells: its ports once it listens, then each change of its work and each answer of its gauge. */
export type Report =
  | { readonly ports: readonly number[] }
  | { readonly inFlight: number; readonly pending: number }
  | { readonly reading: GaugeReading };

export type ProgramOptions = Omit<InstanceOptions, 'observer'>;

/** The grace period is the parent's to watch: it sends SIGKILL. This is the longest that a timer can be. */
const NO_GRACE_MS = 2 ** 31 - 1;

/**
 * Serves the instance that the parent asks for. SIGTERM ends it as its `ending` says: politely, or, for a program that
 * does not drain, as the signal ends whoever does not handle it. A parent that is gone takes its instance along.
 *
 * @returns the exit code; 2 for a process that was not started by a platform
 */
export async function serveInstance(): Promise<number> {
  if (!process.connected) return 2;
  let instance: Instance | undefined;
  process.on('message', (order: Order) => {
    if ('start' in order) void start(order.start).then(started => (instance = started));
    else if ('answer' in order) instance?.answer(order.answer.path, order.answer.answer);
    else if ('everything' in order) instance?.answerEverything(order.everything.answer);
    else instance?.fail(order.failAfterMs);
  });
  return await new Promise(resolve => process.once('disconnect', () => resolve(0)));
}

async function start(options: ProgramOptions): Promise<Instance> {
  const work = ({ inFlight, pending }: Instance) => tell({ inFlight, pending });
  const instance = await Instance.start({ ...options, observer: { work, reading: reading => tell({ reading }) } });
  process.removeAllListeners('SIGTERM');
  if (options.ending?.drains !== false) process.once('SIGTERM', () => void end(instance));
  tell({ ports: instance.ports });
  return instance;
}

async function end(instance: Instance): Promise<void> {
  await instance.terminate(NO_GRACE_MS);
  process.disconnect();
}

function tell(report: Report): void {
  // The parent may have gone since: `disconnect` ends this process then.
  if (process.connected) process.send?.(report, undefined, {}, () => undefined);
}
