import { json } from '../../serving/reply.js';
import { notFound, unprocessable } from '../errors.js';
import type { Database, Process, Quota, Space } from '../model.js';
import { type Exchange, type Handler, required } from './exchange.js';
import { common, data, linksOf } from './present.js';

/** What an organization and a space may use, and what they use now. */
export const quotas: Readonly<Record<string, Handler>> = {
  'GET /v3/organization_quotas/*': exchange => {
    const quota = required(exchange.database.quotas, exchange.parts[0], () => notFound('Organization quota'));
    const holders = [...exchange.database.organizations.values()].filter(one => one.quota === quota.guid);
    return json(200, {
      ...shown(quota),
      domains: { total_domains: null },
      relationships: { organizations: { data: holders.map(({ guid }) => ({ guid })) } },
      links: linksOf(exchange.base, `organization_quotas/${quota.guid}`),
    });
  },
  'GET /v3/space_quotas/*': exchange => {
    const quota = required(exchange.database.quotas, exchange.parts[0], () => notFound('Space quota'));
    const holders = [...exchange.database.spaces.values()].filter(one => one.quota === quota.guid);
    return json(200, {
      ...shown(quota),
      relationships: {
        organization: data(holders[0]?.organization ?? ''),
        spaces: { data: holders.map(({ guid }) => ({ guid })) },
      },
      links: linksOf(exchange.base, `space_quotas/${quota.guid}`),
    });
  },
  'GET /v3/organizations/*/usage_summary': exchange => {
    const { database, parts } = exchange;
    const { guid } = required(database.organizations, parts[0], () => notFound('Organization'));
    return usage(exchange, `organizations/${guid}`, ({ organization }) => organization === guid);
  },
  'GET /v3/spaces/*/usage_summary': exchange => {
    const { database, parts } = exchange;
    const { guid } = required(database.spaces, parts[0], () => notFound('Space'));
    return usage(exchange, `spaces/${guid}`, space => space.guid === guid);
  },
};

function shown(quota: Quota) {
  const { metadata: _none, ...rest } = common(quota);
  return {
    ...rest,
    name: quota.name,
    apps: {
      total_memory_in_mb: quota.memory,
      per_process_memory_in_mb: quota.memoryPerProcess,
      total_instances: quota.instances,
      log_rate_limit_in_bytes_per_second: null,
      per_app_tasks: null,
    },
    services: { paid_services_allowed: true, total_service_instances: null, total_service_keys: null },
    routes: { total_routes: quota.routes, total_reserved_ports: null },
  };
}

interface Used {
  readonly instances: number;
  readonly memory: number;
  readonly routes: number;
}

/** Stopped apps use nothing but their names. */
function usedBy(database: Database, isIn: (space: Space) => boolean): Used {
  const own = (guid: string) => {
    const space = database.spaces.get(guid);
    return space !== undefined && isIn(space);
  };
  const started = [...database.processes.values()].filter(({ app }) => {
    const found = database.apps.get(app);
    return found?.state === 'STARTED' && own(found.space);
  });
  return {
    instances: started.reduce((sum, { instances }) => sum + instances, 0),
    memory: started.reduce((sum, { instances, memory }) => sum + instances * memory, 0),
    routes: [...database.routes.values()].filter(({ space }) => own(space)).length,
  };
}

function usage({ base, database }: Exchange, path: string, isIn: (space: Space) => boolean) {
  const { instances, memory, routes } = usedBy(database, isIn);
  const none = { domains: 0, per_app_tasks: 0, reserved_ports: 0, service_instances: 0, service_keys: 0 };
  const usage_summary = { ...none, started_instances: instances, memory_in_mb: memory, routes };
  const self = { href: `${base}/v3/${path}/usage_summary` };
  return json(200, { usage_summary, links: { self, organization: { href: `${base}/v3/${path}` } } });
}

/** Each quota that holds in a space, with what is used of it and its kind's part of the words of a refusal. */
function quotasOf(
  database: Database,
  guid: string,
): readonly { quota: Quota; used: Used; of: 'space' | 'organization' }[] {
  const space = database.spaces.get(guid);
  const organization = database.organizations.get(space?.organization ?? '');
  const spaceQuota = database.quotas.get(space?.quota ?? '');
  const organizationQuota = database.quotas.get(organization?.quota ?? '');
  return [
    ...(spaceQuota
      ? [{ quota: spaceQuota, used: usedBy(database, one => one.guid === guid), of: 'space' as const }]
      : []),
    ...(organizationQuota
      ? [
          {
            quota: organizationQuota,
            used: usedBy(database, one => one.organization === organization?.guid),
            of: 'organization' as const,
          },
        ]
      : []),
  ];
}

/** @throws CloudFoundryError where these processes, started as they are now, are more than a quota allows. */
export function requireWithinQuotas(database: Database, space: string, processes: readonly Process[]): void {
  const largest = Math.max(0, ...processes.map(({ memory }) => memory));
  for (const { quota, used, of } of quotasOf(database, space)) {
    const prefix = of === 'space' ? 'space_' : '';
    if (quota.memory !== null && used.memory > quota.memory) throw unprocessable(`memory ${prefix}quota_exceeded`);
    if (quota.memoryPerProcess !== null && largest > quota.memoryPerProcess)
      throw unprocessable(`memory ${prefix}instance_memory_limit_exceeded`);
    if (quota.instances !== null && used.instances > quota.instances)
      throw unprocessable(`app_instance_limit ${prefix}app_instance_limit_exceeded`);
  }
}

/** @throws CloudFoundryError where a quota allows no more routes. */
export function requireRouteWithinQuotas(database: Database, space: string): void {
  for (const { quota, used, of } of quotasOf(database, space)) {
    if (quota.routes === null || used.routes < quota.routes) continue;
    const name = of === 'space' ? database.spaces.get(space)?.name : undefined;
    throw unprocessable(
      name === undefined ? 'Routes quota exceeded for organization.' : `Routes quota exceeded for space '${name}'.`,
    );
  }
}
