import { type Condition, type ContainerState, type ContainerStatus, type Pod, timestamp } from '../objects.js';
import { setCondition } from './conditions.js';

/** What a pod's containers are doing, all of them alike. */
export interface ContainerReport {
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  readonly ready: boolean;
}

/** The node that every pod runs on. */
export const nodeName = 'embedded-node';
const nodeAddress = '10.0.0.1';

/** A pod that no node fits. */
export function unschedulable(pod: Pod, now: number): Pod {
  const message =
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
  const condition: Condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  const conditions = setCondition(pod.status?.conditions, condition, now);
  return { ...pod, status: { ...pod.status, phase: 'Pending', conditions } };
}

/** A pod that has just been bound to the node. */
export function scheduled(pod: Pod, now: number): Pod {
  const conditions = setCondition(pod.status?.conditions, { type: 'PodScheduled', status: 'True' }, now);
  const bound: Pod = {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: {
      ...pod.status,
      phase: 'Pending',
      conditions: setCondition(conditions, { type: 'Initialized', status: 'True' }, now),
      hostIP: nodeAddress,
      startTime: timestamp(now),
    },
  };
  return reported(bound, waiting('ContainerCreating', undefined, 0), now);
}

export function waiting(reason: string, message: string | undefined, restartCount: number): ContainerReport {
  return { state: { waiting: { reason, ...(message === undefined ? {} : { message }) } }, restartCount, ready: false };
}

/** The pod with its containers' state, and the conditions and the phase that follow from it. */
export function reported(pod: Pod, report: ContainerReport, now: number, podIP = pod.status?.podIP): Pod {
  const names = pod.spec.containers.map(container => container.name).join(' ');
  const condition = (type: string): Condition =>
    report.ready
      ? { type, status: 'True' }
      : { type, status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  let conditions = setCondition(pod.status?.conditions, condition('ContainersReady'), now);
  conditions = setCondition(conditions, condition('Ready'), now);
  const started = report.state.running !== undefined || pod.status?.phase === 'Running';
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: started ? 'Running' : 'Pending',
      conditions,
      ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
      containerStatuses: pod.spec.containers.map(({ name, image }) => containerStatus(name, image, report)),
    },
  };
}

function containerStatus(name: string, image: string, report: ContainerReport): ContainerStatus {
  const running = report.state.running !== undefined;
  return {
    name,
    state: report.state,
    lastState: report.lastState ?? {},
    ready: report.ready,
    restartCount: report.restartCount,
    image,
    imageID: running || report.restartCount > 0 ? `docker-pullable://${image}` : '',
    started: running,
  };
}
