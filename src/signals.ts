/** SIGINT and SIGTERM as one AbortSignal. The first one counts; a second one changes nothing. */
import { failure } from './failures.js';

export function cancelSource(emitter: NodeJS.Process): AbortSignal {
  const cancel = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    emitter.on(name, () => cancel.abort(failure('CANCELLED', { what: `this run was at work (${name})` })));
  }
  return cancel.signal;
}
