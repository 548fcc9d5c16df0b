/** Where the ports of a taskgroup are, for load balancers and for us. Pure. */
import type { ContainerPort, Taskgroup } from './objects.js';

/** Where a port of that name is, for each container that has one; the first of all ports without a name. */
export function addressesOf(taskgroup: Taskgroup, port: string | undefined): readonly (readonly string[])[] {
  const all = portsOf(taskgroup);
  const found = port === undefined ? all.slice(0, 1) : all.filter(({ name }) => name === port);
  return found.map(one => placesOf(taskgroup, one)).filter(places => places.length > 0);
}

/** Where the port with that number is: also one that the definition does not name, such as of a gauge. */
export function addressAt(taskgroup: Taskgroup, containerPort: number): string | undefined {
  const all = portsOf(taskgroup);
  const named = all.find(port => port.containerPort === containerPort);
  return placesOf(taskgroup, named ?? { name: '', containerPort, networkMode: all[0]?.networkMode })[0];
}

function portsOf({ containerStatuses = [] }: Taskgroup) {
  return containerStatuses.flatMap(({ containerPort, networkMode }) =>
    (containerPort ?? []).map(port => ({ ...port, networkMode })),
  );
}

/**
 * By the network, as bcs-mesos-watch's exportservice.go reads. More than one, the likeliest first, where that depends on a
 * type of network that storage does not tell.
 */
function placesOf(
  { hostIP, podIP }: Taskgroup,
  {
    hostPort = 0,
    hostIP: ownHost,
    containerPort,
    networkMode,
  }: ContainerPort & { readonly networkMode: string | undefined },
): readonly string[] {
  const host = ownHost || hostIP;
  const atHost = host ? [`${host}:${containerPort}`] : [];
  const mapped = host && hostPort > 0 ? [`${host}:${hostPort}`] : [];
  const own = podIP ? [`${podIP}:${containerPort}`] : [];
  switch (networkMode?.toLowerCase()) {
    case 'host':
      return atHost;
    case 'bridge':
      return mapped.length > 0 ? mapped : own;
    default:
      return [...mapped, ...own];
  }
}
