import type { Identity, Instance } from '../../dataplane/index.js';
import { defaultIdentity, type PodBehaviour, workloadName } from '../behaviour.js';
import { parseImage } from '../names.js';
import { type ContainerState, type Pod, timestamp } from '../objects.js';
import { mapMatcher } from '../selectors.js';
import { type ControlContext, nodes, pods } from './context.js';
import { type ContainerReport, nodeName, reported, scheduled, unschedulable, waiting } from './pod-status.js';

/** Runs one pod: what scheduler and kubelet do for it, from its binding to its end. */
export class PodRunner {
  /** What the program has written, and what it had written before it was restarted. */
  log: string[] = [];
  previousLog: string[] | undefined;

  readonly #context: ControlContext;
  readonly #pod: Pod;
  readonly #identity: Identity;
  #behaviour: PodBehaviour = {};
  #instance: Instance | undefined;
  #address: string | undefined;
  #restarts = 0;
  #lastState: ContainerState = {};
  #ending = false;

  constructor(context: ControlContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#identity = { ...defaultIdentity(pod, workloadName(pod)), instance: pod.metadata.name };
  }

  start(): void {
    const image = this.#pod.spec.containers[0]?.image ?? '';
    if (!this.#schedule()) return;
    if (parseImage(image) === undefined) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      this.#report(waiting('InvalidImageName', message, 0));
      this.#event('Warning', 'InspectFailed', message);
      return;
    }
    try {
      this.#behaviour = this.#context.behaviour(this.#pod);
    } catch (error) {
      this.#report(waiting('CreateContainerConfigError', error instanceof Error ? error.message : String(error), 0));
      return;
    }
    this.#context.timers.after(this.#context.timing.containerStart, () => this.#launch(image));
  }

  /** Ends the program within the grace period, then removes the pod. */
  terminate(graceSeconds: number): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#event('Normal', 'Killing', `Stopping container ${this.#pod.spec.containers[0]?.name}`);
    const { timing, track } = this.#context;
    const graceMs = Math.min(graceSeconds * 1000, timing.grace);
    const ended = this.#instance?.terminate(graceMs, {
      drains: this.#behaviour.drains ?? true,
      lingerMs: timing.linger,
    });
    track(Promise.resolve(ended).then(() => this.#remove()));
  }

  /** The pod is gone from the API: its program goes with it. */
  kill(): void {
    this.#ending = true;
    this.#instance?.kill();
    if (this.#address !== undefined) this.#context.network.remove(this.#address);
  }

  #schedule(): boolean {
    const { now, registry, store } = this.#context;
    const labels = store.get(nodes, '', nodeName)?.metadata.labels ?? {};
    if (!mapMatcher(this.#pod.spec.nodeSelector ?? {})(labels)) {
      const stuck = registry.amend(pods, this.#pod, pod => unschedulable(pod, now()));
      const message = stuck?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
      this.#event('Warning', 'FailedScheduling', message, 'default-scheduler');
      return false;
    }
    registry.amend(pods, this.#pod, pod => scheduled(pod, now()));
    const where = `${this.#pod.metadata.namespace}/${this.#pod.metadata.name} to ${nodeName}`;
    this.#event('Normal', 'Scheduled', `Successfully assigned ${where}`, 'default-scheduler');
    return true;
  }

  #launch(image: string): void {
    if (this.#ending) return;
    if (this.#behaviour.start === 'image-pull-error') this.#failToPull(image);
    else {
      this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
      this.#context.track(this.#run());
    }
  }

  #failToPull(image: string): void {
    const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    this.#report(waiting('ErrImagePull', message, 0));
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    this.#event('Warning', 'Failed', 'Error: ErrImagePull');
    this.#context.timers.after(this.#context.timing.crashBackOff, () => {
      const backOff = `Back-off pulling image "${image}"`;
      this.#report(waiting('ImagePullBackOff', backOff, 0));
      this.#event('Normal', 'BackOff', backOff);
      this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
    });
  }

  async #run(): Promise<void> {
    const { answers, latencyMs, log, start } = this.#behaviour;
    const { app = this.#identity.app, slot = this.#identity.slot, version = this.#identity.version } = this.#behaviour;
    const identity = { app, slot, version, instance: this.#identity.instance };
    this.log = [`starting ${app} ${version}`, ...(start === 'crash' ? [] : [`${app} is listening`]), ...(log ?? [])];
    const startedAt = timestamp(this.#context.now());
    if (start === 'crash') {
      this.log.push('fatal: could not start');
      this.#crash(1, startedAt);
      return;
    }
    const instance = await this.#context.dataPlane.startInstance({
      ...identity,
      ...(answers === undefined ? {} : { answers }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
    });
    if (this.#ending) {
      instance.kill();
      return;
    }
    this.#listen(instance, identity, startedAt);
  }

  #listen(instance: Instance, identity: Identity, startedAt: string): void {
    const { network, timers, timing } = this.#context;
    const ports = this.#pod.spec.containers.flatMap(({ ports = [] }) => ports.map(port => port.containerPort));
    this.#instance = instance;
    const host = {
      namespace: this.#pod.metadata.namespace ?? '',
      pod: this.#pod.metadata.name,
      identity,
      ports,
      instance,
    };
    if (this.#address === undefined) this.#address = network.add(host);
    else network.replace(this.#address, host);
    void instance.stopped.then(() => this.#instanceStopped(instance, startedAt));
    this.#reportRunning(startedAt, false);
    this.#event('Normal', 'Started', `Started container ${this.#pod.spec.containers[0]?.name}`);
    if (this.#behaviour.failAfterMs !== undefined) instance.fail(this.#behaviour.failAfterMs);
    if (this.#behaviour.start === 'never-ready') {
      this.#event('Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503');
      return;
    }
    timers.after(this.#behaviour.readyAfterMs ?? timing.readyAfter, () => {
      if (this.#instance === instance && !this.#ending) this.#reportRunning(startedAt, true);
    });
  }

  #instanceStopped(instance: Instance, startedAt: string): void {
    if (this.#ending || this.#instance !== instance) return;
    this.#instance = undefined;
    this.#crash(137, startedAt);
  }

  #reportRunning(startedAt: string, ready: boolean): void {
    const lastState = this.#restarts > 0 ? this.#lastState : {};
    this.#report({ state: { running: { startedAt } }, lastState, restartCount: this.#restarts, ready });
  }

  /** The first restart comes at once, each later one after a back-off that doubles. */
  #crash(exitCode: number, startedAt: string): void {
    const { now, timers, timing } = this.#context;
    const finishedAt = timestamp(now());
    const ended: ContainerState = { terminated: { exitCode, reason: 'Error', startedAt, finishedAt } };
    const lastState = this.#lastState;
    this.#lastState = ended;
    this.previousLog = this.log;
    const again = () => {
      this.#restarts += 1;
      if (!this.#ending) this.#context.track(this.#run());
    };
    this.#report({ state: ended, lastState, restartCount: this.#restarts, ready: false });
    if (this.#restarts === 0) {
      timers.after(timing.containerStart, again);
      return;
    }
    const backOffMs = Math.min(timing.crashBackOff * 2 ** (this.#restarts - 1), timing.crashBackOff * 30);
    const name = `container=${this.#pod.spec.containers[0]?.name} pod=${this.#pod.metadata.name}_${this.#pod.metadata.namespace}(${this.#pod.metadata.uid})`;
    const message = `back-off ${Math.ceil(backOffMs / 1000)}s restarting failed ${name}`;
    this.#report({ ...waiting('CrashLoopBackOff', message, this.#restarts), lastState: ended });
    this.#event('Warning', 'BackOff', `Back-off restarting failed ${name}`);
    timers.after(backOffMs, again, false);
  }

  #remove(): void {
    const { store } = this.#context;
    if (this.#address !== undefined) this.#context.network.remove(this.#address);
    const { namespace = '', name, uid } = this.#pod.metadata;
    const last = store.get(pods, namespace, name);
    if (last === undefined || last.metadata.uid !== uid) return;
    if ((last.metadata.finalizers ?? []).length === 0) store.remove(pods, last);
  }

  #report(report: ContainerReport): void {
    this.#context.registry.amend(pods, this.#pod, pod => reported(pod, report, this.#context.now(), this.#address));
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string, component = 'kubelet'): void {
    this.#context.events.record(this.#pod, type, reason, message, component);
  }
}
