/** Every routing write as a difference, in the order in which they were made. */
import { inertBlock, plain } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Outcome } from '../../release/model.js';
import { type Limits, section } from '../markdown.js';

const TEXT = 300;

export function routingSection({ evidence: { switches } }: Outcome, { rows }: Limits): string {
  if (switches.length === 0) return '';
  const shown = switches
    .slice(0, rows)
    .flatMap(({ target, route, from, to, at, answeredInMs }) => [
      `@@ ${plain(route, TEXT)} of ${plain(target, TEXT)}, ${new Date(at).toISOString()}, answered in ${formatDuration(answeredInMs)} @@`,
      `- ${plain(from, TEXT)}`,
      `+ ${plain(to, TEXT)}`,
    ]);
  const cut = switches.length > rows ? [`@@ and ${switches.length - rows} more @@`] : [];
  return section('Routing', inertBlock([...shown, ...cut].join('\n'), 'diff'));
}
