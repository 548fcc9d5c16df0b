/** The last thing that a text passes on its way out of any host: masked (P12) and made inert (P16). */
import { inertLines } from '../lib/inert.js';
import { Redactor } from '../lib/redact.js';
import type { Clock } from '../platforms/port.js';
import type { World } from './port.js';

export interface Sink {
  /** Ready to be written to the log. */
  safe(text: string): string;
  /** Answers the texts that are masked from now on; encoded forms are not among them. */
  mask(secret: string): readonly string[];
  redact(text: string): string;
}

export function openSink(): Sink {
  const redactor = new Redactor();
  const redact = (text: string) => redactor.redact(text);
  return {
    // Twice: what is taken out may have hidden a secret, and what is put in may break one apart.
    safe: text => redact(inertLines(redact(text))),
    mask: secret => redactor.add(secret),
    redact,
  };
}

/** Whether the user asked for debug lines, in the way of any host. */
export function wantsDebug(environment: World['environment']): boolean {
  const asked = [environment.ACTIONS_STEP_DEBUG, environment.CI_DEBUG_TRACE].includes('true');
  return asked || environment.RUNNER_DEBUG === '1' || ['1', 'true'].includes(environment.CUTOVER_DEBUG ?? '');
}

/** How often a log that cannot overwrite its lines repeats what is waited for. */
const WAITING_EVERY = 10_000;

/** Lets a waiting line through when it says something new, at most every ten seconds. */
export function throttled(clock: Clock, write: (text: string) => void): (text: string) => void {
  let said: string | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  return text => {
    if (text === said || clock.now() - saidAt < WAITING_EVERY) return;
    said = text;
    saidAt = clock.now();
    write(text);
  };
}
