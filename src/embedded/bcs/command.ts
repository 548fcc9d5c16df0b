import { readFile } from 'node:fs/promises';
import { loadAll, YAMLException } from 'js-yaml';
import type { CommandStreams } from '../command.js';
import { SeedProblem } from '../seeds.js';
import type { DeploymentDefinition, ServiceDefinition } from './definition.js';
import { Refusal } from './envelope.js';
import { type EmbeddedBcs, startEmbeddedBcs } from './index.js';

/**
 * Serves a Mesos cluster of BCS until the signal.
 *
 * @param seeds files (JSON or YAML) of deployments and services
 * @throws SeedProblem for what it could not create
 */
export async function serveBcs(seeds: readonly string[], { signal, stderr, stdout }: CommandStreams): Promise<void> {
  const documents = (await Promise.all(seeds.map(documentsOf))).flat();
  const of = <T>(kind: string) => documents.filter(document => document.kind === kind) as unknown as readonly T[];
  const services = of<ServiceDefinition>('service');
  // As fast as the real one: what is tried by hand should look as it does there.
  await using bcs = await startEmbeddedBcs({ timing: { second: 1_000 } });
  stdout.write(`The embedded BCS serves ${bcs.url}, cluster ${bcs.clusterId}\n`);
  await create(bcs, of<DeploymentDefinition>('deployment'), services);
  for (const service of services) for (const line of frontsOf(bcs, service)) stdout.write(`  ${line}\n`);
  stdout.write(`  bcs.conf  {"apiserver": "${bcs.url}", "bcs_token": "${bcs.token}"}\n`);
  if (!signal.aborted) {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  stderr.write('The embedded BCS ends; everything in it is gone.\n');
}

/** JSON is read as YAML, which takes the commas that the guide has too many. */
async function documentsOf(file: string): Promise<readonly { readonly kind?: string }[]> {
  let documents: readonly ({ readonly kind?: string } | null)[];
  try {
    documents = loadAll(await readFile(file, 'utf8')) as typeof documents;
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    throw new SeedProblem(`--seed ${file} is neither JSON nor YAML: ${cause.reason}.`, { cause });
  }
  return documents.map(document => {
    if (document?.kind === 'deployment' || document?.kind === 'service') return document;
    const kind = document?.kind ?? 'no kind';
    throw new SeedProblem(
      `--seed ${file} holds ${kind}; a Mesos cluster of BCS is seeded with deployment and service.`,
    );
  });
}

async function create(
  bcs: EmbeddedBcs,
  deployments: readonly DeploymentDefinition[],
  services: readonly ServiceDefinition[],
): Promise<void> {
  try {
    await bcs.seed({ deployments, services }, { withinMs: 60_000 });
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new SeedProblem(`What the files hold cannot be created: ${cause.message}.`, { cause });
  }
}

/** Where each port of a service is served, or that no load balancer does. */
function frontsOf(bcs: EmbeddedBcs, { metadata, spec }: ServiceDefinition): readonly string[] {
  const { name: service, namespace } = metadata;
  return (spec.ports ?? []).map(({ name, servicePort }) => {
    const url = bcs.frontUrl(namespace, service, servicePort);
    return `service ${service}, port ${name}: ${url ?? 'no load balancer serves it'}`;
  });
}
