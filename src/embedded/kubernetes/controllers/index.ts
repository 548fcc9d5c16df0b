import type { RoutingHistory } from '../routing-history.js';
import { AutoscalerController } from './autoscalers.js';
import type { ControlContext } from './context.js';
import { DeploymentController } from './deployments.js';
import { DisruptionController } from './disruption.js';
import { EndpointController } from './endpoints.js';
import { FrontDoors } from './front-doors.js';
import { GarbageCollector } from './garbage.js';
import { Kubelet } from './kubelet.js';
import { ControlLoop, type Controller } from './loop.js';
import { NamespaceController } from './namespaces.js';
import { QuotaController } from './quotas.js';
import { ReplicaSetController } from './replicasets.js';
import { RouteFronts } from './route-fronts.js';
import { routedKinds } from './route-rules.js';
import { RouteController } from './routes.js';
import { StatefulSetController } from './statefulsets.js';

/** All controllers, and the loop that runs them. */
export class Controllers {
  readonly kubelet: Kubelet;
  readonly frontDoors: FrontDoors;
  /** One for each kind of route that moves traffic by itself. */
  readonly fronts: readonly RouteFronts[];
  readonly #loop: ControlLoop;

  constructor(context: ControlContext, history: RoutingHistory) {
    this.kubelet = new Kubelet(context);
    this.frontDoors = new FrontDoors(context, history);
    this.fronts = routedKinds.map(kind => new RouteFronts(context, kind));
    const deployments: Controller = new DeploymentController(context, key => this.#loop.enqueue(deployments, key));
    const replicaSets: Controller = new ReplicaSetController(context, key => this.#loop.enqueue(replicaSets, key));
    const statefulSets: Controller = new StatefulSetController(context, key => this.#loop.enqueue(statefulSets, key));
    const controllers = [
      new NamespaceController(context),
      deployments,
      replicaSets,
      statefulSets,
      this.kubelet,
      new EndpointController(context),
      this.frontDoors,
      ...this.fronts,
      new QuotaController(context),
      new AutoscalerController(context),
      new DisruptionController(context),
      new RouteController(context),
      new GarbageCollector(context),
    ];
    this.#loop = new ControlLoop(controllers, context.store, context.timers, context.timing.controllers);
  }

  /** What went wrong within the controllers. */
  get problems(): readonly Error[] {
    return this.#loop.problems;
  }

  close(): void {
    this.#loop.close();
  }
}
