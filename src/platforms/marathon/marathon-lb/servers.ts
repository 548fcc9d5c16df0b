/** What every marathon-lb really does with the instances of an app: the rows of its statistics. */
import type { TargetConfig } from '../../../config/schema.js';
import type { Context } from '../context.js';
import { askStatistics, isUp, type StatisticsRow } from '../load-balancers.js';
import type { App, Task } from '../objects.js';
import { isAtWork, portMappings } from '../tasks.js';
import { portIndex } from './labels.js';
import { backendName, type ObservedPort, portRoute } from './routes.js';

/** The rows of one route at one load balancer. */
export interface PortRows extends ObservedPort {
  readonly url: string;
  readonly rows: readonly StatisticsRow[];
}

export type Seen = { readonly ports: readonly PortRows[] } | { readonly problem: string };

export function portsOf(target: TargetConfig): readonly ObservedPort[] {
  return target.routes.flatMap(route => portRoute(route) ?? []);
}

/** All routes of a target at every load balancer; what one of them does not tell, nobody knows. */
export async function lookAtPorts(context: Context, target: TargetConfig, signal: AbortSignal): Promise<Seen> {
  const urls = context.section['load-balancers'];
  const answers = await Promise.all(
    urls.map(async url => ({ url, answer: await askStatistics(context, url, signal) })),
  );
  const ports: PortRows[] = [];
  for (const { url, answer } of answers) {
    if ('problem' in answer) return answer;
    for (const port of portsOf(target)) {
      ports.push({ ...port, url, rows: answer.rows.filter(({ proxy }) => proxy === backendName(port)) });
    }
  }
  return { ports };
}

/**
 * The row of a task. marathon-lb names a server by its host and port, with the address of the host between them where the
 * host has a name; and by host, own address and container port where the instance has an address of its own. Undefined:
 * this load balancer does not have it.
 */
export function rowOf(app: App, { host = '', ports = [], ipAddresses = [] }: Task, at: PortRows) {
  const index = portIndex(app, at.port);
  const prefix = host.replaceAll('.', '_');
  const { containerPort } = portMappings(app)[index] ?? {};
  const own = ipAddresses.map(({ ipAddress = '' }) => `${prefix}_${ipAddress.replaceAll('.', '_')}_${containerPort}`);
  const isOnHost = (server: string) =>
    ports[index] !== undefined &&
    server.startsWith(`${prefix}_`) &&
    new RegExp(`^(\\d+_\\d+_\\d+_\\d+_)?${ports[index]}$`).test(server.slice(prefix.length + 1));
  return at.rows.find(({ server }) => own.includes(server) || isOnHost(server));
}

/** Whether a load balancer sends new requests to a task. */
export function isServed(app: App, task: Task, at: PortRows): boolean {
  return isUp(rowOf(app, task, at)?.status ?? '');
}

/** Tasks that no load balancer sends new requests to. */
export function tasksOut(app: App, ports: readonly PortRows[]): readonly Task[] {
  return (app.tasks ?? []).filter(isAtWork).filter(task => !ports.some(at => isServed(app, task, at)));
}

/** Servers that get requests and are no instance of these apps: who is served by them is not known. */
export function strangers(apps: readonly App[], ports: readonly PortRows[]): readonly string[] {
  return ports.flatMap(at => {
    const known = new Set(apps.flatMap(app => (app.tasks ?? []).flatMap(task => rowOf(app, task, at) ?? [])));
    return at.rows.filter(row => isUp(row.status) && !known.has(row)).map(({ server }) => `${server} at ${at.url}`);
  });
}
