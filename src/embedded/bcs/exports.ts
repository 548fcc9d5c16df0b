import type { Application } from './application.js';
import type { BcsContext } from './context.js';
import { keyOf, type ServiceDefinition, selects } from './definition.js';
import type { Scheduler } from './scheduler.js';
import type { Taskgroup } from './taskgroup.js';
import { seconds } from './timing.js';

/**
 * What becomes of a service's backends when its selector changes:
 * - `resetting`, as the source of mesos-watch reads: all are dropped, and come back one by one, each with the next update
 *   of its taskgroup, which may take minutes
 * - `clean`: the new ones take the place of the old ones at once
 */
export type ExportBehaviour = 'resetting' | 'clean';

export interface ExportedPort {
  readonly name: string;
  readonly BCSVHost: string;
  readonly path: string;
  readonly protocol: string;
  readonly servicePort: number;
  readonly backends: readonly { readonly targetIP: string; readonly targetPort: number; readonly label: null }[];
}

interface Exported {
  service: ServiceDefinition;
  readonly backends: Map<string, Taskgroup>;
}

/** mesos-watch's view of services, which is what load balancers consume: a service's ports and the backends of each. */
export class Exports {
  readonly #context: BcsContext;
  readonly #scheduler: Scheduler;
  readonly #behaviour: ExportBehaviour;
  readonly #changed: () => void;
  readonly #exported = new Map<string, Exported>();
  #returning = 0;

  constructor(context: BcsContext, scheduler: Scheduler, behaviour: ExportBehaviour, changed: () => void) {
    this.#context = context;
    this.#scheduler = scheduler;
    this.#behaviour = behaviour;
    this.#changed = changed;
  }

  /** Whether it shows the services as they are, and no backend is on its way back. */
  get isUpToDate(): boolean {
    const { services } = this.#scheduler;
    const known = [...services].every(([key, service]) => this.#exported.get(key)?.service === service);
    return known && this.#exported.size === services.size && this.#returning === 0;
  }

  /** Reads the services, as it does every few seconds. */
  read(): void {
    const { services } = this.#scheduler;
    for (const [key, service] of services) {
      const before = this.#exported.get(key);
      if (before?.service !== service) this.#export(key, service, before);
    }
    for (const key of this.#exported.keys()) if (!services.has(key)) this.#drop(key);
  }

  /** Hears of a taskgroup: it joins the services that its own labels are selected by, or leaves all of them. */
  taskgroupChanged(taskgroup: Taskgroup): void {
    for (const { service, backends } of this.#exported.values()) {
      const isWanted = taskgroup.isServing && !taskgroup.isLeaving && isSelected(service, taskgroup);
      if (isWanted === backends.has(taskgroup.id)) continue;
      if (isWanted) backends.set(taskgroup.id, taskgroup);
      else backends.delete(taskgroup.id);
      this.#changed();
    }
  }

  /** As storage and load balancers read it. */
  shown() {
    return [...this.#exported.values()].map(({ service, backends }) => {
      const { labels = {}, name, namespace } = service.metadata;
      return {
        metadata: service.metadata,
        cluster: this.#context.clusterId,
        namespace,
        serviceName: name,
        serviceWeight: {},
        ports: portsOf(service, [...backends.values()]),
        BCSGroup: (labels.BCSGROUP ?? '').split(',').filter(group => group !== ''),
        sslcert: false,
        balance: labels.BCSBALANCE ?? 'roundrobin',
        maxconn: 50_000,
      };
    });
  }

  #export(key: string, service: ServiceDefinition, before: Exported | undefined): void {
    const matching = this.#matching(service);
    const isSame = before !== undefined && JSON.stringify(before.service.spec) === JSON.stringify(service.spec);
    const resets = before !== undefined && !isSame && this.#behaviour === 'resetting';
    const exported = { service, backends: new Map(resets ? [] : matching.map(taskgroup => [taskgroup.id, taskgroup])) };
    this.#exported.set(key, exported);
    if (resets) this.#comeBack(exported, matching);
    this.#changed();
  }

  #comeBack(exported: Exported, matching: readonly Taskgroup[]): void {
    const { timers, timing } = this.#context;
    for (const [index, taskgroup] of matching.entries()) {
      this.#returning += 1;
      timers.after(((index + 1) / matching.length) * seconds.rewrite * timing.second, () => {
        this.#returning -= 1;
        if (!this.#exported.has(keyOf(exported.service.metadata)) || !taskgroup.isServing) return;
        if (!isSelected(exported.service, taskgroup)) return;
        exported.backends.set(taskgroup.id, taskgroup);
        this.#changed();
      });
    }
  }

  #drop(key: string): void {
    this.#exported.delete(key);
    this.#changed();
  }

  /** On a rebuild the labels of applications count, not those of taskgroups. */
  #matching({ metadata, spec }: ServiceDefinition): readonly Taskgroup[] {
    const applications = [...this.#scheduler.applications.values()].filter(
      ({ labels, namespace }) => namespace === metadata.namespace && selects(spec.selector, labels),
    );
    return servingOf(applications);
  }
}

function isSelected({ metadata, spec }: ServiceDefinition, { definition, labels }: Taskgroup): boolean {
  return metadata.namespace === definition.metadata.namespace && selects(spec.selector, labels);
}

export function servingOf(applications: readonly Application[]): readonly Taskgroup[] {
  return applications.flatMap(({ taskgroups }) => taskgroups.filter(taskgroup => taskgroup.isServing));
}

/** Backends are matched by the port's name, and by nothing else. */
function portsOf({ spec }: ServiceDefinition, taskgroups: readonly Taskgroup[]): readonly ExportedPort[] {
  return (spec.ports ?? []).map(({ name, domainName = '', path = '', protocol, servicePort }) => ({
    name,
    BCSVHost: domainName,
    path,
    protocol: protocol.toLowerCase(),
    servicePort,
    backends: taskgroups.flatMap(taskgroup =>
      taskgroup.backendsFor(name).map(backend => ({ ...backend, label: null })),
    ),
  }));
}
