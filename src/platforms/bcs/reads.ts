/** What storage has of a slot and of a service. */
import type { Slot } from '../../release/model.js';
import type { Client } from './client.js';
import { type Context, until } from './context.js';
import type { Application, Deployment, ExportService, Service, ServiceEndpoint, Taskgroup } from './objects.js';

/** Everything of one slot. */
export interface SlotObjects {
  readonly slot: Slot;
  readonly deployment: Deployment | undefined;
  /** What the deployment runs; undefined when it does not exist (yet). */
  readonly application: Application | undefined;
  readonly taskgroups: readonly Taskgroup[];
}

/** One request for the deployment, and two more when there is one. */
export async function readSlot(
  client: Client,
  namespace: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<SlotObjects> {
  const what = `read the deployment ${slot}`;
  const deployment = await client.inspect<Deployment>('deployment', namespace, slot, what, signal);
  const name = deployment?.application?.name;
  if (!name) return { slot, deployment, application: undefined, taskgroups: [] };
  const [application, taskgroups] = await Promise.all([
    client.inspect<Application>('application', namespace, name, `read the application ${name}`, signal),
    taskgroupsOf(client, namespace, name, signal),
  ]);
  return { slot, deployment, application, taskgroups };
}

/** The same, of what exists at this moment: what the scheduler has and storage does not show yet is waited for. */
export async function readSlotNow(
  context: Context,
  namespace: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<SlotObjects> {
  const { client } = context;
  const read = () => readSlot(client, namespace, slot, signal);
  let found = await read();
  if (found.deployment) return found;
  const what = `read the definition of ${slot}`;
  const isOver = async () => {
    if (!(await client.definition(namespace, slot, what, signal))) return true;
    found = await read();
    return found.deployment !== undefined;
  };
  await until(context, isOver, signal);
  return found;
}

export function taskgroupsOf(client: Client, namespace: string, application: string, signal: AbortSignal) {
  const filters = { namespace, rcName: application };
  return client.list<Taskgroup>('taskgroup', filters, `list the taskgroups of ${application}`, signal);
}

export function readService(client: Client, namespace: string, name: string, signal: AbortSignal) {
  return client.inspect<Service>('service', namespace, name, `read the service ${name}`, signal);
}

export function readEndpoint(client: Client, namespace: string, name: string, signal: AbortSignal) {
  return client.inspect<ServiceEndpoint>('endpoint', namespace, name, `read the endpoints of ${name}`, signal);
}

export async function readExport(client: Client, namespace: string, name: string, signal: AbortSignal) {
  const filters = { namespace, name };
  const [found] = await client.list<ExportService>(
    'exportservice',
    filters,
    `read what is exported of ${name}`,
    signal,
  );
  return found;
}

export function listApplications(client: Client, namespace: string, signal: AbortSignal) {
  return client.list<Application>('application', { namespace }, `list the applications of ${namespace}`, signal);
}

export function listServices(client: Client, namespace: string, signal: AbortSignal) {
  return client.list<Service>('service', { namespace }, `list the services of ${namespace}`, signal);
}

/** Running, with every health check passed: an instance can run and be unhealthy. */
export function isReady(taskgroup: Taskgroup): boolean {
  return taskgroup.status === 'Running' && checksOf(taskgroup).every(({ result }) => result);
}

export function checksOf({ containerStatuses = [] }: Taskgroup) {
  return containerStatuses.flatMap(({ healCheckStatus }) => healCheckStatus ?? []);
}

/** What services list: health checks do not count there. */
export function isListed({ status }: Taskgroup): boolean {
  return status === 'Running' || status === 'Lost';
}
