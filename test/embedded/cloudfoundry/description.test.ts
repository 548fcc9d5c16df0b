import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { data, openFoundation } from './support.js';

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses?: Responses }>>>>;
}
type Responses = Readonly<Record<string, { $ref?: string; content?: Readonly<Record<string, { schema: object }>> }>>;

const description = data<Description>('capi-v3-openapi.json');
const examples = data<Record<string, Record<string, unknown>>>('capi-v3-examples.json');
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(description, 'capi');

interface Seen {
  readonly request: string;
  readonly status: number;
  readonly body: Record<string, unknown>;
}
const seen: Seen[] = [];

/** A walk through the API that meets every kind of resource. */
beforeAll(async () => {
  await using at = await openFoundation();
  const limits = { memory: 4_096, memoryPerProcess: 1_024, instances: 20, routes: 10 };
  const place = { organization: 'shop', space: 'production', domain: 'example.test' };
  await at.platform.seed({ ...place, quotas: { space: limits, organization: limits } });
  const ask = async (request: string, body?: object) => {
    const [method = '', path = ''] = request.split(' ');
    const answer = await at.cf.send(method, path, body);
    if (answer.body !== '') seen.push({ request, status: answer.status, body: answer.body });
    return answer;
  };
  const [app, route] = [await at.cf.app('myapp'), await at.cf.route()];
  const { relationships } = (await ask(`GET /v3/apps/${app}`)).body;
  const made = await ask('POST /v3/packages', {
    type: 'docker',
    data: { image: 'a:1' },
    relationships: { app: { data: { guid: app } } },
  });
  const build = await ask('POST /v3/builds', { package: { guid: made.body.guid } });
  await at.platform.settled();
  const { droplet } = (await ask(`GET /v3/builds/${build.body.guid}`)).body;
  await ask(`PATCH /v3/apps/${app}/relationships/current_droplet`, { data: { guid: droplet.guid } });
  for (const path of ['apps', 'processes', 'packages', 'droplets', 'routes', 'domains', 'organizations', 'spaces'])
    await ask(`GET /v3/${path}`);
  await ask('GET /v3/info');
  const [{ guid: space }] = (await ask('GET /v3/spaces')).body.resources;
  const [{ guid: organization }] = (await ask('GET /v3/organizations')).body.resources;
  const quota = (holder: { body: { relationships: { quota: { data: { guid: string } } } } }) =>
    holder.body.relationships.quota.data.guid;
  await ask(`GET /v3/space_quotas/${quota(await ask(`GET /v3/spaces/${space}`))}`);
  await ask(`GET /v3/organization_quotas/${quota(await ask(`GET /v3/organizations/${organization}`))}`);
  await ask(`GET /v3/spaces/${space}/usage_summary`);
  await ask(`GET /v3/organizations/${organization}/usage_summary`);
  await ask(`GET /v3/roles?space_guids=${space}`);
  await ask(`POST /v3/apps/${app}/sidecars`, { name: 'cache', command: './cache', process_types: ['web'] });
  await ask(`GET /v3/apps/${app}/sidecars`);
  await ask(`GET /v3/processes/${app}/process_instances`);
  await ask('GET /v3/processes?embed=process_instances');
  await ask(`GET /v3/droplets/${droplet.guid}`);
  await ask(`GET /v3/packages/${made.body.guid}`);
  await ask(`GET /v3/apps/${app}/processes/web/stats`);
  await ask(`GET /v3/processes/${app}`);
  await ask(`GET /v3/apps/${app}/environment_variables`);
  await ask(`GET /v3/apps/${app}/features/ssh`);
  await ask(`POST /v3/processes/${app}/actions/scale`, { instances: 3 });
  await ask(`GET /v3/routes/${route}`);
  await ask(`GET /v3/routes/${route}/destinations`);
  await ask('POST /v3/apps', { name: 'another', relationships: { space: relationships.space } });
  const job = await ask(`DELETE /v3/apps/${await at.cf.app('another')}`);
  await at.cf.job(job);
  await ask(`GET ${new URL(job.headers.get('location') ?? '').pathname}`);
});

/** Where the description has the schema of an answer, as a path into it. */
function pointer({ request, status }: Seen): string | undefined {
  const [method = '', path = ''] = request.split(' ');
  const given = path.split('?')[0]?.split('/') ?? [];
  const known = Object.keys(description.paths).find(template => {
    const parts = template.split('/');
    return parts.length === given.length && parts.every((part, at) => part.startsWith('{') || part === given[at]);
  });
  const responses = description.paths[known ?? '']?.[method.toLowerCase()]?.responses;
  const response = responses?.[String(status)];
  if (!known || !response?.content?.['application/json']) return undefined;
  const escaped = known.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
  return `capi#/paths/${escaped}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`;
}

describe('every kind of answer', () => {
  test('has the types of the public description', () => {
    const checked = seen.flatMap(one => {
      const path = pointer(one);
      const validate = path ? ajv.getSchema(path) : undefined;
      if (!validate) return [];
      validate(one.body);
      // The documents themselves have a quota without data, which their description does not allow.
      const errors = (validate.errors ?? []).filter(({ instancePath }) => !instancePath.endsWith('/quota/data'));
      return [{ request: one.request, errors }];
    });
    expect(checked.length).toBeGreaterThan(20);
    expect(checked.filter(({ errors }) => errors.length > 0)).toEqual([]);
  });

  test.each([
    ['single_app', /^GET \/v3\/apps\/[^/]+$/],
    ['single_process', /^GET \/v3\/processes\/[^/]+$/],
    ['single_docker_package', /^POST \/v3\/packages$/],
    ['single_staging_build', /^POST \/v3\/builds$/],
    ['single_route', /^GET \/v3\/routes\/[^/]+$/],
    ['single_app_feature', /features\/ssh$/],
    ['single_complete_job', /^GET \/v3\/jobs\//],
    ['list_of_route_destinations', /^GET .*destinations$/],
    ['paginated_list_of_apps', /^GET \/v3\/apps$/],
    ['space_usage_summary', /^GET .*spaces.*usage_summary$/],
    ['organization_usage_summary', /^GET .*organizations.*usage_summary$/],
    ['sidecar', /^POST .*sidecars$/],
    ['process_instances', /\/process_instances$/],
  ])('has the fields of the documented %s', (name, request) => {
    const answer = seen.find(one => request.test(one.request));
    const fields = (value: Record<string, unknown> | undefined) => Object.keys(value ?? {}).sort();
    expect(fields(answer?.body)).toEqual(fields(examples[name]));
  });

  test('has the fields of the documented statistics, for an instance that runs', () => {
    const answer = seen.find(({ request }) => request.endsWith('/stats'));
    const { resources = [] } = (answer?.body ?? {}) as { resources?: object[] };
    const documented = (examples.list_of_process_stats as { resources: object[] }).resources;
    expect(Object.keys(resources[0] ?? {}).sort()).toEqual(Object.keys(documented[0] ?? {}).sort());
  });
});
