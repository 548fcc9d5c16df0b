import { json } from '../../serving/reply.js';
import { notFound } from '../errors.js';
import type { RouteBinding } from '../model.js';
import { type Exchange, type Handler, listed, required } from './exchange.js';
import { common, data, linksOf, Presenter } from './present.js';

/** Where things are: the root, what the API says of itself, organizations, spaces, domains and jobs. */
export const places: Readonly<Record<string, Handler>> = {
  'GET /': root,
  'GET /v3': ({ base }) => json(200, { links: { self: { href: `${base}/v3` } } }),
  'GET /v3/info': ({ base }) =>
    json(200, {
      build: '',
      cli_version: { minimum: '', recommended: '' },
      custom: {},
      description: 'A Cloud Foundry in a box',
      name: 'embedded',
      version: 0,
      osbapi_version: '2.15',
      rate_limits: { enabled: false, general_limit: 2_000, reset_interval_in_minutes: 60 },
      links: { self: { href: `${base}/v3/info` }, support: { href: '' } },
    }),
  'GET /v3/organizations': exchange =>
    listed(
      exchange,
      exchange.database.organizations.values(),
      { names: ({ name }) => name },
      presenter(exchange).organization,
    ),
  'GET /v3/organizations/*': exchange => json(200, presenter(exchange).organization(organizationOf(exchange))),
  'GET /v3/organizations/*/domains': exchange => {
    organizationOf(exchange);
    return listed(
      exchange,
      exchange.database.domains.values(),
      { names: ({ name }) => name },
      presenter(exchange).domain,
    );
  },
  'GET /v3/organizations/*/domains/default': exchange => {
    organizationOf(exchange);
    const shared = [...exchange.database.domains.values()].find(({ internal }) => !internal);
    if (!shared) throw notFound('Domain');
    return json(200, presenter(exchange).domain(shared));
  },
  'GET /v3/spaces': exchange =>
    listed(
      exchange,
      exchange.database.spaces.values(),
      { names: ({ name }) => name, organization_guids: ({ organization }) => organization },
      presenter(exchange).space,
      spaces => ({
        organizations: spaces.flatMap(({ organization }) => {
          const found = exchange.database.organizations.get(organization);
          return found ? [presenter(exchange).organization(found)] : [];
        }),
      }),
    ),
  'GET /v3/spaces/*': exchange => {
    const space = required(exchange.database.spaces, exchange.parts[0], () => notFound('Space'));
    return json(200, presenter(exchange).space(space));
  },
  'GET /v3/spaces/*/features/*': ({ parts }) => json(200, { name: parts[1], description: '', enabled: true }),
  'GET /v3/domains': exchange =>
    listed(
      exchange,
      exchange.database.domains.values(),
      { names: ({ name }) => name, organization_guids: ({ organization }) => organization ?? '' },
      presenter(exchange).domain,
    ),
  'GET /v3/domains/*': exchange => {
    const domain = required(exchange.database.domains, exchange.parts[0], () => notFound('Domain'));
    return json(200, presenter(exchange).domain(domain));
  },
  'GET /v3/domains/*/route_reservations': ({ database, parts, query }) => {
    required(database.domains, parts[0], () => notFound('Domain'));
    const taken = [...database.routes.values()].some(
      ({ domain, host, path }) =>
        domain === parts[0] && host === (query.get('host') ?? '') && path === (query.get('path') ?? ''),
    );
    return json(200, { matching_route: taken });
  },
  'GET /v3/jobs/*': exchange => {
    const job = required(exchange.database.jobs, exchange.parts[0], () => notFound('Job'));
    return json(200, presenter(exchange).job(job));
  },
  'GET /v3/stacks': exchange => listed(exchange, [], { names: () => '' }, () => ({})),
  // No rolling deployments happen here.
  'GET /v3/deployments': exchange =>
    listed(exchange, [], { app_guids: () => '', states: () => '', status_values: () => '' }, () => ({})),
  'GET /v3/service_instances': exchange =>
    listed(
      exchange,
      exchange.database.serviceInstances.values(),
      { names: ({ name }) => name, space_guids: ({ space }) => space },
      presenter(exchange).serviceInstance,
    ),
  'GET /v3/service_route_bindings': exchange =>
    listed(
      exchange,
      exchange.database.routeBindings.values(),
      { route_guids: ({ route }) => route, service_instance_guids: ({ serviceInstance }) => serviceInstance },
      binding => routeBinding(exchange, binding),
    ),
};

export function presenter({ base, database }: Exchange): Presenter {
  return new Presenter(base, database);
}

function routeBinding({ base }: Exchange, binding: RouteBinding) {
  const { route, serviceInstance } = binding;
  return {
    ...common(binding),
    route_service_url: null,
    last_operation: { type: 'create', state: 'succeeded', description: '' },
    relationships: { route: data(route), service_instance: data(serviceInstance) },
    links: linksOf(base, `service_route_bindings/${binding.guid}`),
  };
}

function organizationOf({ database, parts }: Exchange) {
  return required(database.organizations, parts[0], () => notFound('Organization'));
}

function root({ base, context }: Exchange) {
  const at = (path: string) => ({ href: `${base}${path}` });
  const uaa = context.isKorifi ? null : at('/uaa');
  return json(200, {
    links: {
      self: { href: base },
      cloud_controller_v2: null,
      cloud_controller_v3: { href: `${base}/v3`, meta: { version: context.isKorifi ? '3.117.0+cf-k8s' : '3.228.0' } },
      network_policy_v0: null,
      network_policy_v1: context.isKorifi ? null : at('/networking/v1/external'),
      login: context.isKorifi ? { href: base } : at('/uaa'),
      uaa,
      credhub: null,
      routing: null,
      logging: null,
      log_cache: at('/log-cache'),
      log_stream: null,
      app_ssh: null,
    },
    ...(context.isKorifi ? { cf_on_k8s: true } : {}),
  });
}
