import type { Backend, Configuration, Frontend, Rule, Server } from '../edge-lb/balancer/configuration.js';
import { portsOf, type VersionedApp } from '../marathon/definition.js';
import { grouped } from '../marathon/grouped.js';
import { agent, type Task } from '../marathon/task.js';
import { drainedTasks } from './drain.js';

/** One port of one app, as its labels publish it. */
interface Publication {
  readonly app: VersionedApp;
  /** The index of the port among the app's ports. */
  readonly index: number;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly mode: 'http' | 'tcp';
  readonly balance: string;
}

/** The port on which apps are told apart by the host that is asked for. */
const httpPort = 80;

/**
 * What the labels of the apps ask a marathon-lb of some groups for:
 *
 * - `HAPROXY_GROUP`: the group whose load balancers serve the app
 * - `HAPROXY_{i}_PORT`: the port in place of the service port; `HAPROXY_{i}_VHOST`: hosts on port 80, separated by commas
 * - `HAPROXY_{i}_MODE`, `HAPROXY_{i}_BALANCE`, `HAPROXY_{i}_ENABLED`
 * - `HAPROXY_DEPLOYMENT_GROUP`: apps of one group are the colours of one backend, see `drainedTasks`
 */
export function configurationOf(
  apps: readonly VersionedApp[],
  tasks: readonly Task[],
  groups: ReadonlySet<string>,
): Configuration {
  const served = apps.filter(({ labels }) => (labels.HAPROXY_GROUP ?? '').split(',').some(group => groups.has(group)));
  const publications = served.flatMap(publicationsOf);
  const drained = drainedTasks(served, tasks);
  const backends = [...grouped(publications, nameOf)].map(([name, own]) => backendOf(name, own, tasks, drained));
  const frontends = publications.map(frontendOf);
  const unique = [...new Map(frontends.map(frontend => [frontend.bindPort, frontend])).values()];
  return { frontends: [virtualHosts(publications), ...unique], backends };
}

function publicationsOf(app: VersionedApp): Publication[] {
  const { labels } = app;
  return portsOf(app).flatMap(({ servicePort }, index) => {
    const label = (name: string) => labels[`HAPROXY_${index}_${name}`];
    if (label('ENABLED') === 'false') return [];
    const hosts = (label('VHOST') ?? '').split(',').filter(host => host !== '');
    const mode = (label('MODE') ?? (hosts.length > 0 ? 'http' : 'tcp')) === 'http' ? 'http' : 'tcp';
    const port = Number(label('PORT') ?? servicePort);
    return [{ app, index, port, hosts, mode, balance: label('BALANCE') ?? 'roundrobin' } as const];
  });
}

/** `<group>_<port>`, or the app's id in place of the group. */
function nameOf({ app, port }: Publication): string {
  const { HAPROXY_APP_ID, HAPROXY_DEPLOYMENT_GROUP } = app.labels;
  const id = HAPROXY_DEPLOYMENT_GROUP ?? HAPROXY_APP_ID ?? app.id;
  return `${id.replace(/^\//, '').replaceAll('/', '_')}_${port}`;
}

function backendOf(
  name: string,
  publications: readonly Publication[],
  tasks: readonly Task[],
  drained: ReadonlySet<Task>,
): Backend {
  const [{ balance, mode } = { balance: 'roundrobin', mode: 'tcp' as const }] = publications;
  const servers = publications.flatMap(publication => serversOf(publication, tasks, drained));
  return { name, mode, balance, lines: [], servers };
}

/** The tasks that run, and of those with health checks the healthy ones: marathon-lb reads what Marathon knows. */
function serversOf({ app, index }: Publication, tasks: readonly Task[], drained: ReadonlySet<Task>): Server[] {
  const { host } = agent;
  return tasks
    .filter(task => task.app.id === app.id && task.isHealthy)
    .flatMap(task => {
      const port = task.ports[index];
      const options = [app.healthChecks.length > 0 ? 'check' : '', drained.has(task) ? 'disabled' : ''];
      const name = `${host.replaceAll('.', '_')}_${port}`;
      return port === undefined ? [] : [{ name, host, port, options: options.filter(Boolean).join(' ') }];
    });
}

function frontendOf(publication: Publication): Frontend {
  const name = nameOf(publication);
  const { mode, port } = publication;
  return { name, bindAddress: '*', bindPort: port, mode, rules: [], defaultBackend: name, lines: [] };
}

function virtualHosts(publications: readonly Publication[]): Frontend {
  const rules = publications.flatMap(publication =>
    publication.hosts.map((hostEq): Rule => ({ backend: nameOf(publication), hostEq })),
  );
  return { name: 'marathon_http_in', bindAddress: '*', bindPort: httpPort, mode: 'http', rules, lines: [] };
}
