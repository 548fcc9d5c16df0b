import { Application } from './application.js';
import type { BcsContext } from './context.js';
import {
  type ConfigMapDefinition,
  type DeploymentDefinition,
  keyOf,
  type Metadata,
  type ServiceDefinition,
  selects,
} from './definition.js';
import { Deployment } from './deployment.js';
import { codes, Refusal } from './envelope.js';
import type { Taskgroup } from './taskgroup.js';
import { seconds } from './timing.js';

/** The scheduler: what it is told it does, answers at once, and is done later. */
export class Scheduler {
  readonly deployments = new Map<string, Deployment>();
  readonly applications = new Map<string, Application>();
  readonly services = new Map<string, ServiceDefinition>();
  readonly configMaps = new Map<string, ConfigMapDefinition>();
  /** Hears of every taskgroup that has changed: it has come, it runs, or it goes. */
  readonly #onTaskgroup: (taskgroup: Taskgroup) => void;
  readonly #context: BcsContext;

  constructor(context: BcsContext, onTaskgroup: (taskgroup: Taskgroup) => void) {
    this.#context = context;
    this.#onTaskgroup = onTaskgroup;
  }

  createDeployment(definition: DeploymentDefinition): void {
    const { metadata, spec } = definition;
    if (metadata.name.includes('.'))
      throw new Refusal(codes.wrongData, `deployment name ${metadata.name} is not valid`);
    if (!(spec?.instance >= 0) || !spec.template?.spec?.containers?.length) {
      throw new Refusal(codes.wrongData, 'request data wrong');
    }
    const key = keyOf(metadata);
    if (this.deployments.has(key)) throw new Refusal(codes.exists, 'deployment already exist');
    this.#replaceSelected(definition);
    if (this.applications.has(key)) throw new Refusal(codes.exists, `application ${metadata.name} already exist`);
    const deployment = new Deployment(definition, this.#launch(metadata.name, definition));
    this.deployments.set(key, deployment);
    this.#later(1, () => {
      if (deployment.status === 'Deploying') deployment.status = 'Running';
    });
  }

  /** Rolls a new version out, and keeps the old one until the new one runs. */
  updateDeployment(definition: DeploymentDefinition): void {
    const deployment = this.#deployment(definition.metadata);
    if (deployment.status !== 'Running') throw new Refusal(codes.scheduler, `deployment is in ${deployment.status}`);
    if (!deployment.definition.spec.strategy?.rollingupdate) {
      throw new Refusal(codes.wrongData, 'deployment has no strategy rollingupdate');
    }
    deployment.status = 'Update';
    deployment.next = this.#launch(`${definition.metadata.name}-v${this.#context.now()}`, definition);
    this.#awaitUpdate(deployment, definition);
  }

  /** Success means that the wish was understood: what is deleted is gone later. */
  deleteDeployment(metadata: Metadata): void {
    const deployment = this.#deployment(metadata);
    if (deployment.status === 'Deleting') return;
    deployment.status = 'Deleting';
    deployment.application.delete();
    deployment.next?.delete();
    this.#awaitAbsence(keyOf(metadata), deployment);
  }

  scaleDeployment(metadata: Metadata, instance: number): void {
    this.#deployment(metadata).application.scale(instance);
  }

  scaleApplication(metadata: Metadata, instance: number): void {
    this.application(metadata).scale(instance);
  }

  application(metadata: Metadata): Application {
    const application = this.applications.get(keyOf(metadata));
    if (!application) throw new Refusal(codes.absent, 'application not exist');
    return application;
  }

  createService(service: ServiceDefinition): void {
    this.#create(this.services, { ...service, spec: known(service.spec) }, 'service');
  }

  /** Replaces the whole spec. Name, namespace, labels and kind stay what they were, whatever the update says. */
  updateService(service: ServiceDefinition): void {
    const before = this.#stored(this.services, service.metadata, 'service');
    this.services.set(keyOf(service.metadata), { ...before, spec: known(service.spec) });
  }

  deleteService(metadata: Metadata): void {
    this.#stored(this.services, metadata, 'service');
    this.services.delete(keyOf(metadata));
  }

  createConfigMap(configMap: ConfigMapDefinition): void {
    this.#create(this.configMaps, configMap, 'configmap');
  }

  updateConfigMap(configMap: ConfigMapDefinition): void {
    this.#stored(this.configMaps, configMap.metadata, 'configmap');
    this.configMaps.set(keyOf(configMap.metadata), configMap);
  }

  deleteConfigMap(metadata: Metadata): void {
    this.#stored(this.configMaps, metadata, 'configmap');
    this.configMaps.delete(keyOf(metadata));
  }

  #create<T extends { readonly metadata: Metadata }>(all: Map<string, T>, made: T, kind: string): void {
    const key = keyOf(made.metadata);
    if (all.has(key)) throw new Refusal(codes.exists, `${kind} already exist`);
    all.set(key, made);
  }

  #stored<T>(all: ReadonlyMap<string, T>, metadata: Metadata, kind: string): T {
    const stored = all.get(keyOf(metadata));
    if (!stored) throw new Refusal(codes.absent, `${kind} not exist`);
    return stored;
  }

  #deployment(metadata: Metadata): Deployment {
    return this.#stored(this.deployments, metadata, 'deployment');
  }

  /** A deployment with a selector takes over what it matches by any single pair, and deletes it. */
  #replaceSelected({ metadata, spec }: DeploymentDefinition): void {
    const pairs = Object.entries(spec.selector ?? {});
    const matched = [...this.applications.values()].filter(
      ({ labels, namespace }) =>
        namespace === metadata.namespace && pairs.some(([name, value]) => selects({ [name]: value }, labels)),
    );
    if (matched.length > 1) throw new Refusal(codes.scheduler, 'too many application exist matching deployment');
    for (const application of matched) {
      application.delete();
      this.applications.delete(keyOf({ ...metadata, name: application.name }));
    }
  }

  #launch(name: string, definition: DeploymentDefinition): Application {
    const application = new Application(this.#context, name, definition, {
      changed: changed => {
        if (changed.isGone) this.applications.delete(keyOf({ ...definition.metadata, name }));
      },
      taskgroupChanged: this.#onTaskgroup,
    });
    this.applications.set(keyOf({ ...definition.metadata, name }), application);
    return application;
  }

  #awaitUpdate(deployment: Deployment, definition: DeploymentDefinition): void {
    this.#later(seconds.deletion, () => {
      const { next } = deployment;
      if (!next || deployment.status === 'Deleting') return;
      if (next.status !== 'Running' || deployment.status === 'UpdatePaused') {
        this.#awaitUpdate(deployment, definition);
        return;
      }
      deployment.application.delete();
      deployment.application = next;
      deployment.next = undefined;
      deployment.definition = definition;
      deployment.status = 'Running';
    });
  }

  #awaitAbsence(key: string, deployment: Deployment): void {
    this.#later(seconds.deletion, () => {
      const isGone = deployment.application.isGone && (deployment.next?.isGone ?? true);
      if (isGone) this.deployments.delete(key);
      else this.#awaitAbsence(key, deployment);
    });
  }

  #later(ownSeconds: number, action: () => void): void {
    const { timers, timing } = this.#context;
    timers.after(ownSeconds * timing.second, action);
  }
}

/** What is no field of a service's port is dropped without a word. */
function known(spec: ServiceDefinition['spec']): ServiceDefinition['spec'] {
  if (!spec.ports) return spec;
  const fields = ['name', 'domainName', 'path', 'protocol', 'servicePort', 'targetPort', 'nodePort'];
  const ports = spec.ports.map(port =>
    Object.fromEntries(Object.entries(port).filter(([key]) => fields.includes(key))),
  );
  return { ...spec, ports: ports as unknown as typeof spec.ports };
}
