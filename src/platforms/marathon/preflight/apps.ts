/** What is odd about green's definition and about blue before the release. Pure. */
import { count } from '../../../lib/units.js';
import type { Journey } from '../../port.js';
import type { App, Definition } from '../objects.js';
import type { ObservedRoute } from '../observation.js';
import { portMappings, portNames } from '../tasks.js';
import { type Said, tell } from './said.js';

export function definitionFindings(
  definition: Definition,
  routes: readonly ObservedRoute[],
  heedsMesos: boolean,
  journey?: Journey,
): readonly Said[] {
  return [...healthFindings(definition, heedsMesos, journey), ...portFindings(definition, routes)];
}

function healthFindings({ healthChecks = [] }: Definition, heedsMesos: boolean, journey?: Journey): readonly Said[] {
  if (healthChecks.length === 0) {
    const message =
      'The app definition has no healthChecks, so that running is all that Marathon knows of an instance.';
    if (!journey?.previews)
      return [
        tell('error', 'NO_HEALTH_CHECK', message, 'Give it a health check, or an HTTP check in verify at least.'),
      ];
    return [
      tell('warning', 'NO_HEALTH_CHECK', message, 'The checks of verify alone keep a broken green from traffic.'),
    ];
  }
  const isByMesos = healthChecks.some(({ protocol = 'HTTP' }) => /^(MESOS_|COMMAND)/.test(protocol));
  if (isByMesos && heedsMesos) return [];
  const whose = isByMesos ? 'This Edge-LB is older than 1.3.1 and' : 'Edge-LB';
  const checks = isByMesos ? 'any health checks' : "Marathon's own health checks";
  const message = `${whose} does not see ${checks}: an instance that turns bad keeps its traffic.`;
  return [tell('info', 'HEALTH_UNSEEN', message, 'Use MESOS_HTTP or MESOS_TCP where Edge-LB is 1.3.1 or newer.')];
}

function portFindings(definition: Definition, routes: readonly ObservedRoute[]): readonly Said[] {
  const services = routes.flatMap(({ found }) => found.services ?? []);
  const wanted = new Set(services.flatMap(({ endpoint }) => endpoint?.portName || []));
  const missing = [...wanted].filter(name => !portNames(definition).includes(name));
  const fixed = fixedPorts(definition);
  const lacks = `The pool sends traffic to the port ${missing.join(', ')}, and the app definition has none of this name.`;
  const wants = `Both slots want the host port ${fixed.join(', ')}, so that no agent can have an instance of each.`;
  return [
    ...(missing.length > 0
      ? [tell('error', 'PORT_NOT_DEFINED', lacks, 'Name it in portDefinitions or container.portMappings.')]
      : []),
    ...(fixed.length > 0
      ? [
          tell(
            'warning',
            'FIXED_HOST_PORT',
            wants,
            'Leave the host port to Marathon (0), or have twice as many agents.',
          ),
        ]
      : []),
  ];
}

function fixedPorts(definition: Definition): readonly number[] {
  const mapped = portMappings(definition).flatMap(({ hostPort }) => hostPort || []);
  const declared = (definition.portDefinitions ?? []).flatMap(({ port }) => port || []);
  return [...mapped, ...(definition.requirePorts ? declared : [])];
}

export function blueFindings(blue: App | undefined): readonly Said[] {
  if (!blue) return [];
  const { tasksHealthy = 0, tasksRunning = 0, instances } = blue;
  const up = (blue.healthChecks ?? []).length > 0 ? tasksHealthy : tasksRunning;
  if (up >= instances) return [];
  const message = `Only ${up} of ${count(instances, 'instance')} of ${blue.id} are up before the release begins.`;
  const remedy = 'If the release is the repair, go on; a way back would lead to no more than this.';
  return [tell('warning', 'BLUE_UNHEALTHY', message, remedy)];
}

/** Marathon does not show what is free: what green needs is said, so that a person can know. */
export function roomFindings(
  definition: Definition | undefined,
  green: App | undefined,
  size: number,
): readonly Said[] {
  const more = Math.max(0, size - (green?.instances ?? 0));
  if (!definition || more === 0) return [];
  const { cpus = 0, mem = 0 } = definition;
  const room = `${Number((more * cpus).toFixed(3))} CPUs and ${more * mem} MiB`;
  const message = `Green needs room for ${count(more, 'more instance')}: ${room}. Marathon does not show what is free.`;
  const remedy = 'If it does not fit, the release stops before the switch and says which resource was short.';
  return [tell('info', 'ROOM_NOT_KNOWN', message, remedy)];
}
