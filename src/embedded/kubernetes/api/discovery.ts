import { allVerbs, apiVersionOf, type Resource, resources } from '../resources.js';

/** The version that the embedded server says it is: the one whose behaviour it follows. */
export const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+embedded',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};

/** What a discovery path answers; undefined: there is no such path. */
export function discover(path: string, address: string): unknown {
  if (path === '/version') return version;
  if (path === '/api') {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() };
  const [, root, ...parts] = path.split('/');
  if (root === 'api' && parts.length === 1) return resourceList(parts[0] ?? '');
  if (root !== 'apis') return undefined;
  if (parts.length === 2) return resourceList(parts.join('/'));
  const group = groups().find(({ name }) => name === parts[0]);
  return parts.length === 1 && group !== undefined ? { kind: 'APIGroup', apiVersion: 'v1', ...group } : undefined;
}

function groups() {
  const names = [...new Set(resources.map(({ group }) => group))].filter(group => group !== '');
  return names.map(name => {
    const versions = [...new Set(resources.filter(({ group }) => group === name).map(apiVersionOf))].map(entry => ({
      groupVersion: entry,
      version: entry.slice(name.length + 1),
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

function resourceList(groupVersion: string): unknown {
  const served = resources.filter(resource => apiVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(entries) };
}

function entries(resource: Resource) {
  const { plural: name, singular: singularName, namespaced, kind, shortNames, inAll } = resource;
  const main = {
    name,
    singularName,
    namespaced,
    kind,
    verbs: allVerbs(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(inAll ? { categories: ['all'] } : {}),
  };
  return [main, ...resource.subresources.map(subresource => subresourceEntry(resource, subresource))];
}

function subresourceEntry({ plural, namespaced, kind }: Resource, subresource: string) {
  const base = { name: `${plural}/${subresource}`, singularName: '', namespaced };
  if (subresource === 'scale') {
    return { ...base, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
  }
  if (subresource === 'log') return { ...base, kind, verbs: ['get'] };
  if (subresource === 'finalize') return { ...base, kind, verbs: ['update'] };
  if (subresource === 'proxy') {
    return { ...base, kind: `${kind}ProxyOptions`, verbs: ['create', 'delete', 'get', 'patch', 'update'] };
  }
  return { ...base, kind, verbs: ['get', 'patch', 'update'] };
}

/**
 * As much of the OpenAPI documents as kubectl looks at: which versions there are, and that writes take `fieldValidation`
 * (the value is accepted, unknown fields are not looked for).
 */
export function openapi(path: string): unknown {
  const versions = [...new Set(resources.map(apiVersionOf))];
  if (path === '/openapi/v3') {
    const documents = versions.map(name => [pathOf(name), { serverRelativeURL: `/openapi/v3/${pathOf(name)}` }]);
    return { paths: Object.fromEntries(documents) };
  }
  const asked = versions.find(name => path === `/openapi/v3/${pathOf(name)}`);
  if (asked === undefined) return undefined;
  const served = resources.filter(resource => apiVersionOf(resource) === asked && !resource.review);
  const paths = served.map(resource => [itemPath(resource), { patch: patchOperation(resource) }]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: version.gitVersion },
    paths: Object.fromEntries(paths),
  };
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

function itemPath(resource: Resource): string {
  const namespace = resource.namespaced ? 'namespaces/{namespace}/' : '';
  return `/${pathOf(apiVersionOf(resource))}/${namespace}${resource.plural}/{name}`;
}

function patchOperation({ group, version: apiVersion, kind }: Resource) {
  const parameter = (name: string) => ({ name, in: 'query', schema: { type: 'string' } });
  return {
    parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(parameter),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-group-version-kind': { group, version: apiVersion, kind },
  };
}
