import type { Reply } from '../serving/reply.js';
import { type BcsContext, stamp } from './context.js';
import { type Labels, type Metadata, selects } from './definition.js';
import { codes, failed, Refusal, succeeded } from './envelope.js';
import { type Exports, servingOf } from './exports.js';
import type { Scheduler } from './scheduler.js';
import { seconds } from './timing.js';

/** What storage keeps of one object. */
interface Stored {
  readonly _id: string;
  readonly clusterId: string;
  readonly namespace: string;
  readonly resourceName: string;
  readonly resourceType: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly data: object;
}

type Shown = { readonly metadata: Metadata };

/** Types as the query's route names them; a single endpoint is asked for as `endpoint`. */
const listed = [
  'taskgroup',
  'application',
  'deployment',
  'service',
  'configmap',
  'endpoints',
  'exportservice',
] as const;
type Kind = (typeof listed)[number];

/** How long a copy may be old, in the platform's seconds. */
const lag: Readonly<Record<Kind, number>> = {
  taskgroup: 1,
  application: 1,
  exportservice: 1,
  service: seconds.serviceWatch,
  configmap: seconds.serviceWatch,
  deployment: seconds.deploymentWatch,
  endpoints: seconds.deploymentWatch,
};

/** bcs-storage: copies that are written every few seconds, so that a read right after a write shows what was before it. */
export class Storage {
  readonly #context: BcsContext;
  readonly #copies = new Map<Kind, readonly Stored[]>();
  readonly #sources: Readonly<Record<Kind, () => readonly Shown[]>>;
  readonly #createdAt = new Map<string, string>();

  constructor(context: BcsContext, scheduler: Scheduler, exports: Exports) {
    this.#context = context;
    const { deployments, applications, services, configMaps } = scheduler;
    this.#sources = {
      deployment: () => [...deployments.values()].map(({ shown }) => shown),
      application: () => [...applications.values()].map(({ shown }) => shown),
      taskgroup: () => [...applications.values()].flatMap(({ taskgroups }) => taskgroups.map(({ shown }) => shown)),
      service: () => [...services.values()],
      configmap: () => [...configMaps.values()],
      endpoints: () => [...services.values()].map(service => endpointOf(scheduler, service)),
      exportservice: () => exports.shown(),
    };
    for (const kind of listed) this.#keepCopying(kind);
  }

  /** Whether every copy is what the platform has now, as far as a read can tell. */
  get isUpToDate(): boolean {
    return listed.every(kind => {
      const names = (shown: readonly object[]) =>
        JSON.stringify(shown, (key, value) => (isTime(key) ? undefined : value));
      return names((this.#copies.get(kind) ?? []).map(({ data }) => data)) === names(this.#sources[kind]());
    });
  }

  /** Copies everything now. */
  copy(): void {
    for (const kind of listed) this.#copy(kind);
  }

  /** `query/mesos/dynamic/clusters/ID/TYPE`, with filters; undefined: no such route. */
  query(kind: string, filters: Labels): Reply | undefined {
    if (kind === 'namespace') {
      const namespaces = [...this.#copies.values()].flatMap(copies => copies.map(({ namespace }) => namespace));
      return succeeded([...new Set(namespaces)].sort());
    }
    if (!isKind(kind)) return undefined;
    const { field: _field, offset = '0', limit, extra: _extra, ...wanted } = filters;
    const found = (this.#copies.get(kind) ?? []).filter(stored => matches(stored, wanted));
    const from = Number(offset);
    return succeeded(found.slice(from, limit === undefined ? undefined : from + Number(limit)), 'Success');
  }

  /** `mesos/dynamic/namespace_resources/...`: one object. */
  inspect(type: string, namespace: string, name: string): Reply {
    const kind = type === 'endpoint' ? 'endpoints' : type;
    const copies = isKind(kind) ? (this.#copies.get(kind) ?? []) : [];
    const found = copies.find(stored => stored.namespace === namespace && stored.resourceName === name);
    if (found) return succeeded(found);
    return failed('bcs-storage', new Refusal(codes.absentInStorage, 'resource does not exist'));
  }

  #keepCopying(kind: Kind): void {
    this.#copy(kind);
    const { timers, timing } = this.#context;
    timers.after(lag[kind] * timing.second, () => this.#keepCopying(kind), false);
  }

  #copy(kind: Kind): void {
    const copies = this.#sources[kind]().map(shown => this.#store(kind, shown));
    this.#copies.set(kind, copies);
  }

  #store(kind: Kind, shown: Shown): Stored {
    const { clusterId, now } = this.#context;
    const { name, namespace } = shown.metadata;
    const key = `${kind} ${namespace}/${name}`;
    const createTime = this.#createdAt.get(key) ?? stamp(now());
    this.#createdAt.set(key, createTime);
    const resourceType = kind === 'endpoints' ? 'endpoint' : kind;
    const data = structuredClone(shown);
    return {
      _id: key,
      clusterId,
      namespace,
      resourceName: name,
      resourceType,
      createTime,
      updateTime: stamp(now()),
      data,
    };
  }
}

function isKind(kind: string): kind is Kind {
  return listed.some(known => known === kind);
}

function isTime(key: string): boolean {
  return /time$/i.test(key);
}

/** Values may be lists with commas; what a filter does not find in an object leaves it out. */
function matches(stored: Stored, wanted: Labels): boolean {
  return Object.entries(wanted).every(([filter, values]) =>
    values.split(',').includes(String(fieldOf(stored, filter))),
  );
}

function fieldOf({ namespace, resourceName, data }: Stored, filter: string): unknown {
  const { rcname, application, application_ext, ...fields } = data as Record<string, unknown>;
  switch (filter) {
    case 'namespace':
      return namespace;
    case 'name':
      return resourceName;
    case 'rcName':
      return rcname;
    case 'applicationName':
      return (application as { name?: string } | undefined)?.name;
    case 'applicationExtName':
      return (application_ext as { name?: string } | null | undefined)?.name;
    default:
      return fields[filter];
  }
}

/** The scheduler builds a service's endpoints in one go, from the labels of applications. Health checks do not count. */
function endpointOf({ applications }: Scheduler, service: Shown & { spec: { selector?: Labels } }) {
  const { namespace } = service.metadata;
  const matching = [...applications.values()].filter(
    application => application.namespace === namespace && selects(service.spec.selector, application.labels),
  );
  return {
    apiVersion: 'v4',
    kind: 'service',
    metadata: service.metadata,
    eps: servingOf(matching).map(({ definition, application, id, ports }) => ({
      networkMode: definition.spec.template.spec.networkMode ?? 'BRIDGE',
      nodeIP: '127.0.0.1',
      containerIP: '127.0.0.1',
      targetRef: { kind: 'taskgroup', id, name: application, namespace, image: '' },
      ports,
    })),
  };
}
