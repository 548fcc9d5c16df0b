import type { Reply } from '../serving/reply.js';
import type { Incoming } from '../serving/server.js';
import type { ConfigMapDefinition, DeploymentDefinition, Metadata, ServiceDefinition } from './definition.js';
import { codes, failed, Refusal, succeeded } from './envelope.js';
import type { Scheduler } from './scheduler.js';

type Work = (scheduler: Scheduler, path: readonly string[], body: unknown) => unknown;

const placed = ([namespace = '', name = '']: readonly string[]): Metadata => ({ namespace, name });

/** Method and path, a `*` for each part that is handed over. The body's own metadata says what is meant, not the path. */
const ROUTES: readonly (readonly [string, string, Work])[] = [
  [
    'POST',
    'namespaces/*/deployments',
    (scheduler, _, body) => scheduler.createDeployment(body as DeploymentDefinition),
  ],
  ['PUT', 'namespaces/*/deployments', (scheduler, _, body) => scheduler.updateDeployment(body as DeploymentDefinition)],
  ['DELETE', 'namespaces/*/deployments/*', (scheduler, path) => scheduler.deleteDeployment(placed(path))],
  [
    'PUT',
    'namespaces/*/deployments/*/scale/*',
    (scheduler, path) => scheduler.scaleDeployment(placed(path), Number(path[2])),
  ],
  [
    'PUT',
    'namespaces/*/applications/*/scale/*',
    (scheduler, path) => scheduler.scaleApplication(placed(path), Number(path[2])),
  ],
  ['GET', 'namespaces/*/applications', (scheduler, [namespace]) => applicationsOf(scheduler, namespace)],
  ['GET', 'namespaces/*/applications/*', (scheduler, path) => scheduler.application(placed(path)).shown],
  [
    'GET',
    'namespaces/*/applications/*/taskgroups',
    (scheduler, path) => scheduler.application(placed(path)).taskgroups.map(({ shown }) => shown),
  ],
  ['POST', 'namespaces/*/services', (scheduler, _, body) => scheduler.createService(body as ServiceDefinition)],
  ['PUT', 'namespaces/*/services', (scheduler, _, body) => scheduler.updateService(body as ServiceDefinition)],
  ['DELETE', 'namespaces/*/services/*', (scheduler, path) => scheduler.deleteService(placed(path))],
  ['POST', 'namespaces/*/configmaps', (scheduler, _, body) => scheduler.createConfigMap(body as ConfigMapDefinition)],
  ['PUT', 'namespaces/*/configmaps', (scheduler, _, body) => scheduler.updateConfigMap(body as ConfigMapDefinition)],
  ['DELETE', 'namespaces/*/configmaps/*', (scheduler, path) => scheduler.deleteConfigMap(placed(path))],
  ['GET', 'definition/deployment/*/*', (scheduler, path) => definitionOf(scheduler, path)],
  ['GET', 'definition/application/*/*', (scheduler, path) => scheduler.application(placed(path)).definition],
];

const writing = new Set(['POST', 'PUT']);

/** The driver's answer below `/mesosdriver/v4/`; undefined: it has no such route. */
export function drive(scheduler: Scheduler, { method, body }: Incoming, path: string): Reply | undefined {
  for (const [wanted, pattern, work] of ROUTES) {
    const parts = wanted === method ? partsOf(pattern, path) : undefined;
    if (parts === undefined) continue;
    try {
      return succeeded(work(scheduler, parts, read(method, pattern, body)) ?? null);
    } catch (error) {
      if (error instanceof Refusal)
        return failed(error.code === codes.notJson ? 'mesosdriver' : 'bcs-scheduler', error);
      throw error;
    }
  }
  return undefined;
}

function partsOf(pattern: string, path: string): readonly string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  if (!wanted.every((part, index) => part === '*' || part === given[index])) return undefined;
  return given.filter((_, index) => wanted[index] === '*').map(decodeURIComponent);
}

/** A definition in JSON; a scale has no body. @throws Refusal */
function read(method: string, pattern: string, body: string): unknown {
  if (!writing.has(method) || pattern.includes('/scale/')) return undefined;
  try {
    const definition = JSON.parse(body) as { metadata?: Partial<Metadata> };
    if (definition.metadata?.name && definition.metadata.namespace) return definition;
  } catch (error) {
    throw new Refusal(codes.notJson, `json decode failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Refusal(codes.wrongData, 'request data wrong: metadata.name and metadata.namespace are needed');
}

function applicationsOf({ applications }: Scheduler, namespace: string | undefined) {
  return [...applications.values()]
    .filter(application => application.namespace === namespace)
    .map(({ shown }) => shown);
}

function definitionOf({ deployments }: Scheduler, path: readonly string[]): DeploymentDefinition {
  const deployment = deployments.get(path.join('/'));
  if (!deployment) throw new Refusal(codes.absent, 'deployment not exist');
  return deployment.definition;
}
