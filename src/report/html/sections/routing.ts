/** Every routing write, as a difference, in the order in which they were made. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Outcome } from '../../../release/model.js';
import { markup } from '../markup.js';
import { code, type Limits, list, type Section, time } from '../parts.js';

export function routingSection({ evidence: { switches } }: Outcome, limits: Limits): readonly Section[] {
  if (switches.length === 0) return [];
  const writes = list(
    switches,
    limits,
    ({
      target,
      route,
      from,
      to,
      at,
      answeredInMs,
    }) => markup`<p>${code(route, limits)} of ${code(target, limits)}, ${time(at)}, answered in ${formatDuration(answeredInMs)}</p>
<pre tabindex="0" class="diff"><del>- ${shorten(from, limits.text)}</del>
<ins>+ ${shorten(to, limits.text)}</ins></pre>`,
  );
  return [{ id: 'routing', title: 'Routing', content: markup`<div class="plain">${writes}</div>` }];
}
