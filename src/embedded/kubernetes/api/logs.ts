import type { PodRunner } from '../controllers/pod-runner.js';
import type { Pod } from '../objects.js';
import { badRequest } from '../status.js';

/** The log of a pod's program, as `kubectl logs` asks for it. */
export function podLog(pod: Pod, runner: PodRunner | undefined, query: URLSearchParams): string {
  const names = pod.spec.containers.map(({ name }) => name);
  const wanted = query.get('container') ?? names[0] ?? '';
  const where = `container "${wanted}" in pod "${pod.metadata.name}"`;
  if (!names.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  const previous = query.get('previous') === 'true';
  const waiting = pod.status?.containerStatuses?.[0]?.state.waiting?.reason;
  if (previous && runner?.previousLog === undefined) {
    throw badRequest(`previous terminated ${where} not found`);
  }
  if (!previous && runner?.log.length === 0 && waiting !== undefined) {
    const pulling = waiting === 'ErrImagePull' || waiting === 'ImagePullBackOff';
    throw badRequest(`${where} is waiting to start: ${pulling ? 'trying and failing to pull image' : waiting}`);
  }
  const lines = (previous ? runner?.previousLog : runner?.log) ?? [];
  const tail = query.get('tailLines');
  const shown = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  return shown.map(line => `${line}\n`).join('');
}
