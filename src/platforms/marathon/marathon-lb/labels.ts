/**
 * What marathon-lb reads of an app: its labels `HAPROXY_...`. They are part of the app's definition, so that Marathon
 * restarts the app when one of them changes: a slot with traffic keeps the ones that it was started with.
 */
import type { App, AppDefinition, Labels } from '../objects.js';
import type { ObservedPort } from './routes.js';

const OF_ROUTER = 'HAPROXY_';
/** In front of a label that marathon-lb is not to see yet. */
const HELD = 'CUTOVER_PRIVATE_';

export const GROUP_LABEL = 'HAPROXY_GROUP';
export const DEPLOYMENT_LABEL = 'HAPROXY_DEPLOYMENT_GROUP';
export const STARTED_LABEL = 'HAPROXY_DEPLOYMENT_STARTED_AT';
export const TARGET_LABEL = 'HAPROXY_DEPLOYMENT_TARGET_INSTANCES';
const NEW_LABEL = 'HAPROXY_DEPLOYMENT_NEW_INSTANCES';

/** The deployment group of an app, without a slash in front; undefined when it has none or keeps it back. */
export function deploymentGroup({ labels = {} }: Pick<App, 'labels'>): string | undefined {
  return labels[DEPLOYMENT_LABEL]?.replace(/^\//, '');
}

/** Whether marathon-lb sees the app: any of its healthy instances gets traffic. */
export function isPublished({ labels = {} }: Pick<App, 'labels'>): boolean {
  return labels[DEPLOYMENT_LABEL] !== undefined;
}

/** The place among an app's ports of the one that is served at a port of the load balancers; -1 when there is none. */
export function portIndex({ labels = {} }: Pick<App, 'labels'>, port: number): number {
  const found = Object.entries(labels).find(([name, value]) => /_\d+_PORT$/.test(name) && value === String(port));
  const [, index = '-1'] = /HAPROXY_(\d+)_PORT$/.exec(found?.[0] ?? '') ?? [];
  return Number(index);
}

/** The same app as marathon-lb does not see it: instances can be looked at in private. */
export function heldBack(app: AppDefinition): AppDefinition {
  return withNames(app, name => (name.startsWith(OF_ROUTER) ? `${HELD}${name}` : name));
}

/** The same app as marathon-lb sees it, with what tells it how the two apps of the group share the traffic. */
export function shown(app: AppDefinition, size: number, startedAt: string): AppDefinition {
  const { labels, ...rest } = withNames(app, name => (name.startsWith(HELD) ? name.slice(HELD.length) : name));
  const own = { [TARGET_LABEL]: String(size), [NEW_LABEL]: String(size), [STARTED_LABEL]: startedAt };
  return { ...rest, labels: { ...labels, ...own } };
}

function withNames(app: AppDefinition, name: (label: string) => string): AppDefinition {
  const labels = Object.fromEntries(Object.entries(app.labels ?? {}).map(([label, value]) => [name(label), value]));
  return { ...app, labels };
}

/**
 * The start of a new app in its group. marathon-lb compares it with that of the other app, and fails where one names a
 * zone and the other does not (zdd.py names none): so it is in UTC, does not say so, and is later than the other one.
 */
export function startAfter(now: number, other: App | undefined): string {
  const before = Date.parse(`${(other?.labels?.[STARTED_LABEL] ?? '').replace(/(Z|[+-]\d\d:?\d\d)$/, '')}Z`);
  const at = Number.isNaN(before) ? now : Math.max(now, before + 1_000);
  return new Date(at).toISOString().replace('Z', '');
}

/** Why marathon-lb could not share the traffic between an app that serves and a new one; undefined when it can. */
export function sharingProblem(app: App, { group, port }: ObservedPort): string | undefined {
  const { labels = {}, instances, id } = app;
  const restart = 'Marathon would restart its instances if a label were changed';
  if (deploymentGroup(app) !== group) {
    const has = labels[DEPLOYMENT_LABEL] ?? 'none';
    return `${id} is not in the deployment group ${group} (its label ${DEPLOYMENT_LABEL}: ${has}), and ${restart}`;
  }
  if (portIndex(app, port) < 0) return `${id} has no label HAPROXY_0_PORT or the like with ${port}, and ${restart}`;
  if (labels[TARGET_LABEL] === String(instances)) return undefined;
  const target = labels[TARGET_LABEL] ?? 'nothing';
  return `${id} has ${instances} instances, and its label ${TARGET_LABEL} says ${target}: marathon-lb would take out too many or too few, and ${restart}`;
}

/** The labels that a definition has to have, each with its value, where it has them not. */
export function missingLabels(labels: Labels, { group, port }: ObservedPort): readonly string[] {
  const isOf = labels[DEPLOYMENT_LABEL]?.replace(/^\//, '') === group;
  return [
    ...(labels[GROUP_LABEL] === undefined ? [`${GROUP_LABEL} (such as external)`] : []),
    ...(isOf ? [] : [`${DEPLOYMENT_LABEL}: ${group}`]),
    ...(portIndex({ labels }, port) < 0 ? [`HAPROXY_0_PORT: "${port}" (0 for its first port)`] : []),
  ];
}
