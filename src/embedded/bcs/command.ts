import { readFile } from 'node:fs/promises';
import { loadAll } from 'js-yaml';
import type { CommandStreams } from '../command.js';
import type { DeploymentDefinition, ServiceDefinition } from './definition.js';
import { startEmbeddedBcs } from './index.js';

/** Serves a Mesos cluster of BCS until the signal. @param seeds files (JSON or YAML) of deployments and services */
export async function serveBcs(seeds: readonly string[], { signal, stderr, stdout }: CommandStreams): Promise<void> {
  const texts = await Promise.all(seeds.map(file => readFile(file, 'utf8')));
  const documents = texts.flatMap(text => loadAll(text) as readonly { readonly kind?: string }[]);
  const of = <T>(kind: string) => documents.filter(document => document.kind === kind) as unknown as readonly T[];
  const services = of<ServiceDefinition>('service');
  // As fast as the real one: what is tried by hand should look as it does there.
  await using bcs = await startEmbeddedBcs({ timing: { second: 1_000 } });
  stdout.write(`The embedded BCS serves ${bcs.url}, cluster ${bcs.clusterId}\n`);
  await bcs.seed({ deployments: of<DeploymentDefinition>('deployment'), services }, { withinMs: 60_000 });
  for (const { metadata, spec } of services.filter(one => one.metadata.labels?.BCSGROUP)) {
    for (const { name, servicePort } of spec.ports ?? []) {
      const url = bcs.liveUrl(metadata.namespace, metadata.name, servicePort);
      stdout.write(`  service ${metadata.name}, port ${name}: ${url}\n`);
    }
  }
  stdout.write(`  bcs.conf  {"apiserver": "${bcs.url}", "bcs_token": "${bcs.token}"}\n`);
  if (!signal.aborted) {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  stderr.write('The embedded BCS ends; everything in it is gone.\n');
}
