import { deleteObject } from '../deletion.js';
import { contentHash } from '../names.js';
import {
  controllerOf,
  controllerReference,
  type Deployment,
  isTerminating,
  type Pod,
  type Workload,
  withMetadata,
} from '../objects.js';
import { selectorMatcher } from '../selectors.js';
import type { Change } from '../store.js';
import { type ControlContext, deployments, pods, replicaSets } from './context.js';
import { DeploymentStatus } from './deployment-status.js';
import { type Controller, keyOf } from './loop.js';
import { planRollout, rolloutBounds } from './rollout.js';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** Deployments: one ReplicaSet per pod template, sized by the rollout. */
export class DeploymentController implements Controller {
  readonly #context: ControlContext;
  readonly #status: DeploymentStatus;

  constructor(context: ControlContext, again: (key: string) => void) {
    this.#context = context;
    this.#status = new DeploymentStatus(context, again);
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === deployments) return [keyOf(object)];
    const namespace = object.metadata.namespace ?? '';
    const owner = controllerOf(object);
    if (resource === replicaSets) {
      return owner?.kind === 'Deployment' ? [`${namespace}/${owner.name}`] : this.#adopters(object as Workload);
    }
    if (resource !== pods || owner?.kind !== 'ReplicaSet') return [];
    const set = this.#context.store.get(replicaSets, namespace, owner.name);
    const name = set && controllerOf(set)?.name;
    return name === undefined ? [] : [`${namespace}/${name}`];
  }

  reconcile(namespace: string, name: string): void {
    const { store } = this.#context;
    const deployment = store.get(deployments, namespace, name) as Deployment | undefined;
    if (deployment === undefined || isTerminating(deployment)) return;
    const owned = this.#owned(deployment);
    const current = owned.find(set => templateHash(set) === templateHash(deployment));
    const old = owned.filter(set => set !== current);
    const newest = current ?? (deployment.spec.paused ? undefined : this.#createSet(deployment, old));
    if (newest !== undefined) this.#markRevision(deployment, newest, old);
    if (!deployment.spec.paused || newest !== undefined) this.#scale(deployment, newest, old);
    this.#forgetOld(deployment, old);
    this.#status.update(deployment, this.#owned(deployment), newest);
  }

  #scale(deployment: Deployment, newest: Workload | undefined, old: readonly Workload[]): void {
    const oldPods = old.reduce((sum, set) => sum + this.#podsOf(set), 0);
    for (const { set, replicas } of planRollout(deployment, newest, old, oldPods)) {
      const before = set.spec.replicas ?? 0;
      if (before === replicas) continue;
      this.#context.registry.amend(replicaSets, set, current => ({
        ...current,
        spec: { ...current.spec, replicas },
      }));
      const direction = before < replicas ? 'up' : 'down';
      const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
      this.#context.events.record(deployment, 'Normal', 'ScalingReplicaSet', message, 'deployment-controller');
    }
  }

  #createSet(deployment: Deployment, old: readonly Workload[]): Workload {
    const hash = templateHash(deployment);
    const template = deployment.spec.template;
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const matchLabels = { ...deployment.spec.selector.matchLabels, [hashLabel]: hash };
    const { minReadySeconds } = deployment.spec;
    return this.#context.registry.create<Workload>(replicaSets, deployment.metadata.namespace ?? '', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        labels,
        annotations: { ...copiedAnnotations(deployment), [revisionAnnotation]: String(nextRevision(old)) },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: 0,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...deployment.spec.selector, matchLabels },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    });
  }

  /** Both carry the revision's number; going back to an old template gives it a new number. */
  #markRevision(deployment: Deployment, newest: Workload, old: readonly Workload[]): void {
    const own = Number(newest.metadata.annotations?.[revisionAnnotation] ?? 0);
    const revision = String(Math.max(own, nextRevision(old)));
    const replicas = deployment.spec.replicas ?? 1;
    this.#context.registry.amend(replicaSets, newest, set =>
      withMetadata(set, {
        annotations: {
          ...set.metadata.annotations,
          'deployment.kubernetes.io/desired-replicas': String(replicas),
          'deployment.kubernetes.io/max-replicas': String(replicas + rolloutBounds(deployment).maxSurge),
          [revisionAnnotation]: revision,
        },
      }),
    );
    this.#context.registry.amend(deployments, deployment, current =>
      withMetadata(current, { annotations: { ...current.metadata.annotations, [revisionAnnotation]: revision } }),
    );
  }

  #forgetOld(deployment: Deployment, old: readonly Workload[]): void {
    const limit = deployment.spec.revisionHistoryLimit ?? 10;
    const idle = old
      .filter(set => (set.spec.replicas ?? 0) === 0 && this.#podsOf(set) === 0)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of idle.slice(0, Math.max(0, idle.length - limit))) {
      deleteObject(this.#context.registry, replicaSets, set, { propagationPolicy: 'Background' });
    }
  }

  /** The ReplicaSets of a Deployment; those that match and belong to nobody are adopted. */
  #owned(deployment: Deployment): Workload[] {
    const { store, registry } = this.#context;
    const matches = selectorMatcher(deployment.spec.selector);
    const all = store.list(replicaSets, deployment.metadata.namespace) as Workload[];
    return all.flatMap(set => {
      const owner = controllerOf(set);
      if (owner !== undefined) return owner.uid === deployment.metadata.uid ? [set] : [];
      if (isTerminating(set) || !matches(set.metadata.labels ?? {})) return [];
      const ownerReferences = [...(set.metadata.ownerReferences ?? []), controllerReference(deployment)];
      const adopted = registry.amend(replicaSets, set, current => withMetadata(current, { ownerReferences }));
      return adopted === undefined ? [] : [adopted];
    });
  }

  #adopters(set: Workload): string[] {
    return (this.#context.store.list(deployments, set.metadata.namespace) as Deployment[])
      .filter(deployment => selectorMatcher(deployment.spec.selector)(set.metadata.labels ?? {}))
      .map(keyOf);
  }

  #podsOf(set: Workload): number {
    const all = this.#context.store.list(pods, set.metadata.namespace) as Pod[];
    return all.filter(pod => controllerOf(pod)?.uid === set.metadata.uid).length;
  }
}

/** Equal for a Deployment and the ReplicaSet that was made of its template. */
function templateHash({ spec }: Workload): string {
  const { [hashLabel]: _hash, ...labels } = spec.template.metadata?.labels ?? {};
  return contentHash({ ...spec.template, metadata: { ...spec.template.metadata, labels } });
}

function revisionOf(set: Workload): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

function nextRevision(old: readonly Workload[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

function copiedAnnotations(deployment: Deployment): Record<string, string> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...rest } =
    deployment.metadata.annotations ?? {};
  return rest;
}
