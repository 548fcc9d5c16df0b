import type { AppUpdate } from './definition.js';
import { invalid, type Violation, wrongTypes } from './errors.js';

type Type = 'jsstring' | 'jsnumber' | 'jsobject' | 'jsarray' | 'jsboolean';

/** The types of the fields that Marathon reads; a wrong one is refused before anything else is looked at. */
const types: Readonly<Record<string, Type>> = {
  id: 'jsstring',
  cmd: 'jsstring',
  user: 'jsstring',
  executor: 'jsstring',
  killSelection: 'jsstring',
  role: 'jsstring',
  instances: 'jsnumber',
  cpus: 'jsnumber',
  mem: 'jsnumber',
  disk: 'jsnumber',
  gpus: 'jsnumber',
  backoffSeconds: 'jsnumber',
  backoffFactor: 'jsnumber',
  maxLaunchDelaySeconds: 'jsnumber',
  taskKillGracePeriodSeconds: 'jsnumber',
  container: 'jsobject',
  env: 'jsobject',
  labels: 'jsobject',
  upgradeStrategy: 'jsobject',
  args: 'jsarray',
  constraints: 'jsarray',
  healthChecks: 'jsarray',
  readinessChecks: 'jsarray',
  portDefinitions: 'jsarray',
  networks: 'jsarray',
  dependencies: 'jsarray',
  fetch: 'jsarray',
  requirePorts: 'jsboolean',
};

/** Fields that Marathon knows without a type of their own here. */
const others = new Set([
  'acceptedResourceRoles',
  'check',
  'executorResources',
  'ipAddress',
  'ports',
  'residency',
  'secrets',
  'tty',
  'unreachableStrategy',
  'uris',
  'version',
  'versionInfo',
]);

const pathId = /^(\/?((\.{1,2})|([a-z0-9][a-z0-9\-.]*[a-z0-9]+)|([a-z0-9]*))($|\/))+$/;

/**
 * The part of a body that Marathon reads: fields that it does not know are dropped without a word.
 *
 * @throws MarathonError 422 with each field of a wrong type
 */
export function readUpdate(body: unknown): AppUpdate {
  if (typeOf(body) !== 'jsobject') throw wrongTypes([{ path: '', errors: ['error.expected.jsobject'] }]);
  const known = Object.entries(body as object).filter(([key]) => key in types || others.has(key));
  const details = known.flatMap(([key, value]): Violation[] => {
    const expected = types[key];
    const isRight = expected === undefined || typeOf(value) === expected;
    return isRight ? [] : [{ path: `/${key}`, errors: [`error.expected.${expected}`] }];
  });
  if (details.length > 0) throw wrongTypes(details);
  return Object.fromEntries(known);
}

/**
 * Refuses a whole definition that can't be.
 *
 * @throws MarathonError 422 with path and sentence of each violation
 */
export function validateApp(app: AppUpdate): void {
  const details = [...rootViolations(app), ...rangeViolations(app), ...checkViolations(app)];
  if (details.length > 0) throw invalid(details);
}

function rootViolations({ args, cmd, container, id, readinessChecks }: AppUpdate): Violation[] {
  const root: string[] = [];
  if (cmd === undefined && args === undefined && container === undefined) {
    root.push("AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.");
  }
  if (cmd !== undefined && args !== undefined) {
    root.push("AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.");
  }
  const violations: Violation[] = root.length > 0 ? [{ path: '/', errors: root }] : [];
  if (!pathId.test(String(id)) || String(id) === '/') {
    const characters = 'must fully match regular expression';
    violations.push({ path: '/id', errors: [`${characters} '${pathId.source.replaceAll('\\/', '/')}'`] });
  }
  if (Array.isArray(readinessChecks) && readinessChecks.length > 1) {
    violations.push({ path: '/readinessChecks', errors: ['has size 2, expected at most 1'] });
  }
  return violations;
}

function rangeViolations(app: AppUpdate): Violation[] {
  const least = { instances: 0, cpus: 0, mem: 0, disk: 0, backoffSeconds: 0, taskKillGracePeriodSeconds: 0 };
  const below = Object.entries(least).flatMap(([key, minimum]): Violation[] => {
    const value = app[key];
    const isBelow = typeof value === 'number' && value < minimum;
    return isBelow ? [{ path: `/${key}`, errors: [`got ${value}, expected ${minimum} or more`] }] : [];
  });
  const strategy = (app.upgradeStrategy ?? {}) as Record<string, unknown>;
  const outside = ['minimumHealthCapacity', 'maximumOverCapacity'].flatMap((key): Violation[] => {
    const value = strategy[key];
    const isOutside = typeof value === 'number' && (value < 0 || value > 1);
    return isOutside
      ? [{ path: `/upgradeStrategy/${key}`, errors: [`got ${value}, expected between 0.0 and 1.0`] }]
      : [];
  });
  return [...below, ...outside];
}

/** A health check by index must find its port. */
function checkViolations({ container, healthChecks, portDefinitions, ports }: AppUpdate): Violation[] {
  if (!Array.isArray(healthChecks)) return [];
  const mappings = (container as { portMappings?: unknown[] } | undefined)?.portMappings;
  const defined = mappings ?? portDefinitions ?? ports;
  const count = Array.isArray(defined) ? defined.length : 1;
  return healthChecks.flatMap((check: { portIndex?: unknown }, index): Violation[] => {
    const { portIndex } = check;
    const isMissing = typeof portIndex === 'number' && portIndex >= count;
    const message = 'Health check port indices must address an element of the ports array or container port mappings.';
    return isMissing ? [{ path: `/healthChecks(${index})`, errors: [message] }] : [];
  });
}

function typeOf(value: unknown): Type | 'jsnull' {
  if (value === null) return 'jsnull';
  if (Array.isArray(value)) return 'jsarray';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? `js${type}` : 'jsobject';
}
