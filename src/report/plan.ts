/** A plan, as people read it before anything is written: who is who, and every write with old -> new. */
import { inertCode, inertMarkdown } from '../lib/inert.js';
import { count } from '../lib/units.js';
import type { Finding, Plan, TargetPlan } from '../release/model.js';
import { type Limits, section, slotText, table } from './markdown.js';
import { findingsSection } from './sections/findings.js';

/** For the log. Findings are told apart from it when they were logged already. */
export function planText(plan: Plan, findings: readonly Finding[] = []): string {
  const told = findings.map(({ severity, code, message, remedy }) => `  ${severity} ${code}: ${message} ${remedy}`);
  return [
    `Plan for ${plan.release}, version ${plan.version}: ${plan.steps.join(' -> ')}`,
    ...plan.targets.flatMap(targetLines),
    ...(told.length > 0 ? ['Findings:', ...told] : []),
  ].join('\n');
}

/** For the summary of a `plan` run. */
export function planMarkdown(plan: Plan, findings: readonly Finding[] = [], limits: Limits = { rows: 200 }): string {
  const head = `## Plan for ${inertCode(plan.release)}, version ${inertCode(plan.version)}\n\n${plan.steps.join(' → ')}`;
  const targets = plan.targets.slice(0, limits.rows).map(target => targetSection(target, limits));
  const parts = [head, ...targets, findingsSection(findings, limits)];
  return `${parts.filter(part => part !== '').join('\n\n')}\n`;
}

function targetLines(target: TargetPlan): string[] {
  const blue = target.blue === undefined ? 'nothing yet' : named(target.blue, target.blueVersion);
  const writes = target.changes.map(({ verb, object, detail }) => `    ${verb} ${object}${detail && `: ${detail}`}`);
  return [
    `  ${target.target}: blue is ${blue}, green is ${named(target.green, target.version)}, ${count(target.size, 'instance')}`,
    ...routeLines(target).map(({ route, from, to }) => `    ${route}: ${from} -> ${to}`),
    ...writes,
    target.rollbackCommand === undefined
      ? '    nothing to go back to: this is the first release'
      : `    to go back by hand: ${target.rollbackCommand}`,
  ];
}

function targetSection(target: TargetPlan, limits: Limits): string {
  const { blue, blueVersion, green, version, size, changes } = target;
  const who = `Blue: ${slotText(blue, blueVersion)}. Green: ${slotText(green, version)}, ${count(size, 'instance')}.`;
  const routes = routeLines(target).map(({ route, from, to }) => [
    'route',
    inertCode(route),
    `${inertCode(from)} → ${inertCode(to)}`,
  ]);
  const writes = changes.map(({ verb, object, detail }) => [verb, inertCode(object, 150), inertMarkdown(detail)]);
  return section(
    inertMarkdown(target.target),
    who,
    table(['', 'object', 'what changes'], [...routes, ...writes], limits),
  );
}

/** What each route says now and shall say; a route that a write of the plan names is told by that write. */
function routeLines({ previous, next, changes }: TargetPlan): { route: string; from: string; to: string }[] {
  if (changes.some(change => change.verb === 'route')) return [];
  return next.routes.map(({ route, text }) => ({
    route,
    from: previous.routes.find(before => before.route === route)?.text ?? 'nothing',
    to: text,
  }));
}

function named(slot: string, version: string | undefined): string {
  return version === undefined ? slot : `${slot} (${version})`;
}
