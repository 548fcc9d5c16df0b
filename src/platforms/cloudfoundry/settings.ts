/** What an app has besides its program, as far as a manifest may or may not say it: green takes over what blue has. */

import { type Definition, type Fields, isFields, processesOf } from './definition.js';
import { hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import type { App, Named, Process, Resource, Texts } from './objects.js';

export interface Policy {
  readonly source: { readonly id: string };
  readonly destination: { readonly id: string; readonly protocol?: string; readonly ports?: object };
}

export interface Settings {
  readonly env: Texts;
  readonly services: readonly string[];
  readonly sidecars: readonly Sidecar[];
  readonly processes: readonly Process[];
  readonly features: Readonly<Record<string, boolean>>;
  readonly metadata: { readonly labels: Texts; readonly annotations: Texts };
  /** Undefined: they may not be read, or there are none on this platform. */
  readonly policies: readonly Policy[] | undefined;
}

interface Sidecar extends Named {
  readonly command: string;
  readonly process_types: readonly string[];
  readonly memory_in_mb: number | null;
}

interface Binding extends Resource {
  readonly relationships: { readonly service_instance?: { readonly data: { readonly guid: string } } };
}

/** Everything of it, in seven requests. */
export async function readSettings(foundation: Foundation, app: App, signal: AbortSignal): Promise<Settings> {
  const { client } = foundation;
  const of = (part: string) => `/v3/apps/${app.guid}/${part}`;
  const [env, services, sidecars, processes, features, policies] = await Promise.all([
    client.get<{ var?: Texts }>(of('environment_variables'), `read the environment of ${app.name}`, signal),
    boundServices(foundation, app, signal),
    optional(client.list<Sidecar>(of('sidecars'), `read the sidecars of ${app.name}`, signal)),
    client.list<Process>(of('processes'), `read the processes of ${app.name}`, signal),
    optional(
      client.list<{ name: string; enabled: boolean }>(of('features'), `read the features of ${app.name}`, signal),
    ),
    readPolicies(foundation, app, signal),
  ]);
  return {
    env: env?.var ?? {},
    services,
    sidecars: sidecars ?? [],
    processes,
    features: Object.fromEntries((features ?? []).map(({ name, enabled }) => [name, enabled])),
    metadata: { labels: others(app.metadata?.labels), annotations: others(app.metadata?.annotations) },
    policies,
  };
}

/** Korifi has fewer parts than the Cloud Controller. */
async function optional<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasCode(error, 'GONE', 'NOT_JSON')) return undefined;
    throw error;
  }
}

/** What is not this tool's. */
function others(texts: Readonly<Record<string, string | null>> | undefined): Texts {
  const entries = Object.entries(texts ?? {}).flatMap(([name, value]) =>
    name.startsWith('cutover-') || value === null ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

/** Names of service instances. */
async function boundServices({ client }: Foundation, app: App, signal: AbortSignal): Promise<readonly string[]> {
  const what = `read the services of ${app.name}`;
  const bindings = await client.list<Binding>(
    `/v3/service_credential_bindings?type=app&app_guids=${app.guid}`,
    what,
    signal,
  );
  const guids = bindings.flatMap(({ relationships }) => relationships.service_instance?.data.guid ?? []);
  if (guids.length === 0) return [];
  const found = await client.list<Named>(`/v3/service_instances?guids=${guids.join(',')}`, what, signal);
  return found.map(({ name }) => name).sort();
}

async function readPolicies(
  foundation: Foundation,
  app: App,
  signal: AbortSignal,
): Promise<readonly Policy[] | undefined> {
  const address = (await foundation.root(signal)).links.network_policy_v1?.href;
  if (address === undefined) return [];
  const path = `${address.replace(/\/+$/, '')}/policies?id=${app.guid}`;
  try {
    const read = await foundation.client.get<{ policies?: readonly Policy[] }>(
      path,
      `read the network policies of ${app.name}`,
      signal,
    );
    return (read?.policies ?? []).filter(({ source, destination }) => [source.id, destination.id].includes(app.guid));
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN', 'UNAUTHORIZED', 'GONE', 'NOT_JSON', 'UNREACHABLE', 'SERVER_ERROR')) throw error;
    foundation.client.debug(error.message);
    return undefined;
  }
}

/** The same policies for another app. */
export async function copyPolicies(
  foundation: Foundation,
  policies: readonly Policy[],
  from: App,
  to: App,
  signal: AbortSignal,
): Promise<void> {
  const address = (await foundation.root(signal)).links.network_policy_v1?.href;
  if (address === undefined || policies.length === 0) return;
  const other = (id: string) => (id === from.guid ? to.guid : id);
  const copied = policies.map(({ source, destination }) => ({
    source: { ...source, id: other(source.id) },
    destination: { ...destination, id: other(destination.id) },
  }));
  const path = `${address.replace(/\/+$/, '')}/policies`;
  const what = `copy the network policies of ${from.name} to ${to.name}`;
  await foundation.client.write({ method: 'POST', path, body: { policies: copied }, what, again: true }, signal);
}

/** The app of a manifest for green: what the manifest says, and of what it does not speak of what blue has. Pure. */
export function greenFields({ fields }: Definition, blue: Settings | undefined): Fields {
  if (!blue) return fields;
  const web = blue.processes.find(({ type }) => type === 'web');
  const saidWeb = processesOf(fields).some(({ type }) => type === 'web');
  return {
    ...(web && !saidWeb ? processFields(web, fields) : {}),
    ...(Object.keys(blue.env).length > 0 ? { env: blue.env } : {}),
    ...(blue.services.length > 0 ? { services: blue.services } : {}),
    ...(blue.sidecars.length > 0 ? { sidecars: blue.sidecars.map(sidecarFields) } : {}),
    ...(hasMetadata(blue) ? { metadata: blue.metadata } : {}),
    ...(fields.processes === undefined ? workers(blue) : {}),
    ...fields,
  };
}

function hasMetadata({ metadata: { labels, annotations } }: Settings): boolean {
  return Object.keys(labels).length + Object.keys(annotations).length > 0;
}

/** Sizes and health checks of a process. Its command is the program's own affair, and is not taken over. */
function processFields(process: Process, said: Fields): Fields {
  const check = process.health_check;
  const data = (check?.data ?? {}) as {
    endpoint?: string | null;
    timeout?: number | null;
    invocation_timeout?: number | null;
  };
  const saysCheck = Object.keys(said).some(name => name.startsWith('health-check') || name === 'timeout');
  return {
    memory: `${process.memory_in_mb}M`,
    disk_quota: `${process.disk_in_mb}M`,
    ...(check && !saysCheck
      ? {
          'health-check-type': check.type,
          ...(data.endpoint ? { 'health-check-http-endpoint': data.endpoint } : {}),
          ...(data.timeout ? { timeout: data.timeout } : {}),
          ...(data.invocation_timeout ? { 'health-check-invocation-timeout': data.invocation_timeout } : {}),
        }
      : {}),
  };
}

function workers({ processes }: Settings): Fields {
  const others = processes.filter(({ type, instances }) => type !== 'web' && instances > 0);
  if (others.length === 0) return {};
  return { processes: others.map(one => ({ type: one.type, instances: one.instances, ...processFields(one, {}) })) };
}

function sidecarFields({ name, command, process_types: types, memory_in_mb: memory }: Sidecar): Fields {
  return { name, command, process_types: types, ...(memory ? { memory: `${memory}M` } : {}) };
}

/** What blue has and the manifest leaves out although it speaks of such things: sentences without values. Pure. */
export function differences({ fields }: Definition, blue: Settings): readonly string[] {
  const env = isFields(fields.env) ? Object.keys(fields.env) : undefined;
  const services = Array.isArray(fields.services)
    ? fields.services.map(one => (isFields(one) ? String(one.name) : String(one)))
    : undefined;
  const lost = (kind: string, said: readonly string[] | undefined, had: readonly string[]) => {
    const missing = said === undefined ? [] : had.filter(name => !said.includes(name));
    return missing.length === 0 ? [] : [`${kind} ${missing.join(', ')}`];
  };
  const sidecars = Array.isArray(fields.sidecars)
    ? fields.sidecars.filter(isFields).map(({ name }) => String(name))
    : undefined;
  const types = fields.processes === undefined ? undefined : processesOf(fields).map(({ type }) => String(type));
  return [
    ...lost('the environment variables', env, Object.keys(blue.env)),
    ...lost('the services', services, blue.services),
    ...lost(
      'the sidecars',
      sidecars,
      blue.sidecars.map(({ name }) => name),
    ),
    ...lost(
      'the processes',
      types && ['web', ...types],
      blue.processes.filter(({ instances }) => instances > 0).map(({ type }) => type),
    ),
  ];
}
