/** How the run ended, in one sentence, and whose run it was. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Outcome, Result } from '../../../release/model.js';
import { outcomeLine, signOf } from '../../outcome-line.js';
import { type Markup, markup } from '../markup.js';
import { badge, code, type Limits, linked, type Tone, time } from '../parts.js';

const TONES: Readonly<Record<Result, Tone>> = {
  succeeded: 'good',
  unchanged: 'good',
  waiting: 'calm',
  invalid: 'bad',
  refused: 'warn',
  'rolled-back': 'warn',
  failed: 'bad',
  degraded: 'warn',
  'rollback-failed': 'bad',
  cancelled: 'warn',
};

/** Who ran it and where its log is; undefined where nobody knows. */
export interface About {
  readonly actor: string | undefined;
  readonly link: string | undefined;
}

export function headline(outcome: Outcome, { actor, link }: About, limits: Limits): Markup {
  const { result, verb, release, version, startedAt, durationMs, next } = outcome;
  const facts = [
    markup`<div><dt>verb</dt><dd>${verb}</dd></div>`,
    release ? markup`<div><dt>release</dt><dd>${code(release, limits)}</dd></div>` : undefined,
    version ? markup`<div><dt>version</dt><dd>${code(version, limits)}</dd></div>` : undefined,
    markup`<div><dt>began</dt><dd>${time(startedAt)}</dd></div>`,
    markup`<div><dt>took</dt><dd>${formatDuration(durationMs)}</dd></div>`,
    next ? markup`<div><dt>next verb</dt><dd>${next}</dd></div>` : undefined,
    actor ? markup`<div><dt>by</dt><dd>${shorten(actor, limits.text)}</dd></div>` : undefined,
    link ? markup`<div><dt>log</dt><dd>${linked('the run', link)}</dd></div>` : undefined,
  ];
  return markup`<header class="verdict ${TONES[result]}">
<p>${badge(TONES[result], signOf(result), result)}</p>
<h1>${outcomeLine(outcome)}</h1>
<dl class="facts">${facts}</dl>
</header>`;
}
