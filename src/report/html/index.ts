/** report.html: one file that says all of a run, with charts to look into, and asks nobody for anything. */
import { createHash } from 'node:crypto';
import type { Outcome } from '../../release/model.js';
import { outcomeLine, signOf } from '../outcome-line.js';
import { type Assets, readAssets } from './assets.js';
import { chartData } from './chart-data.js';
import { dataBlock, Markup, markup } from './markup.js';
import type { Limits, Section } from './parts.js';
import { approvalsSection } from './sections/approvals.js';
import { changesSection } from './sections/changes.js';
import { checksSection } from './sections/checks.js';
import { failureSections, quietSections } from './sections/failure.js';
import { findingsSection } from './sections/findings.js';
import { type About, headline } from './sections/headline.js';
import { liveSection } from './sections/live.js';
import { CHARTS, probesSection } from './sections/probes.js';
import { routingSection } from './sections/routing.js';
import { timelineSection } from './sections/timeline.js';

/** Larger ones are slow to open, on a phone above all. */
export const HTML_BYTES = 2_000_000;

/** How much is shown: as much as fits; the first is what people read, the last fits whatever the input. */
const LIMITS: readonly Limits[] = [
  { rows: 300, text: 1_000 },
  { rows: 100, text: 400 },
  { rows: 30, text: 200 },
  { rows: 10, text: 100 },
];

/** Below 2 MB whatever the outcome holds; every text from outside is inert (P16). Throws when the bundle lacks a file. */
export async function reportHtml(outcome: Outcome, about: About): Promise<string> {
  const assets = await readAssets();
  let text = '';
  for (const limits of LIMITS) {
    text = page(outcome, about, assets, limits).text;
    if (Buffer.byteLength(text) <= HTML_BYTES) return text;
  }
  return text;
}

/** What failed comes first, then what is live, then how it went. */
function sectionsOf(outcome: Outcome, limits: Limits): readonly Section[] {
  return [
    ...failureSections(outcome, limits),
    ...liveSection(outcome, limits),
    ...quietSections(outcome, limits),
    ...timelineSection(outcome, limits),
    ...probesSection(outcome, limits),
    ...routingSection(outcome, limits),
    ...approvalsSection(outcome, limits),
    ...checksSection(outcome, limits),
    ...findingsSection(outcome, limits),
    ...changesSection(outcome, limits),
  ];
}

function page(outcome: Outcome, about: About, { style, script }: Assets, limits: Limits): Markup {
  const sections = sectionsOf(outcome, limits);
  const data = outcome.evidence.probes.slice(0, CHARTS).map(probe => chartData(probe, outcome));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${signOf(outcome.result)} ${outcomeLine(outcome)}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
${headline(outcome, about, limits)}
<nav aria-label="On this page">${sections.map(({ id, title }) => markup`<a href="#${id}">${title}</a>`)}</nav>
<main>
${sections.map(sectionMarkup)}
</main>
<footer>Made by Cutover. Times are UTC. result.json, beside this file, has everything for programs.</footer>
${dataBlock('probes', data)}
<script>${new Markup(script)}</script>
</body>
</html>
`;
}

function sectionMarkup({ id, title, content }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}

/** Our own style and script, known by their digests, and nothing else: no request, no frame, no form. */
function policy(style: string, script: string): string {
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${digest(style)}; script-src ${digest(script)}; img-src data:; base-uri 'none'; form-action 'none'`;
}
