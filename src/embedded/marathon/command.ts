import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { CommandStreams } from '../command.js';
import { type EmbeddedMarathon, startEmbeddedMarathon } from './index.js';

/** How long is waited for what is created at the start; milliseconds. */
const patienceMs = 5_000;

/**
 * Serves a DC/OS until the signal.
 *
 * @param seeds files (JSON or YAML) of apps and pools to create at the start
 * @param program what each task runs as a process of its own; without it tasks run in this one
 */
export async function serveMarathon(
  seeds: readonly string[],
  { signal, stderr, stdout }: CommandStreams,
  program?: readonly string[],
): Promise<void> {
  const documents = await Promise.all(seeds.map(async file => load(await readFile(file, 'utf8'))));
  await using dcos = await startEmbeddedMarathon(program === undefined ? {} : { program });
  for (const document of documents) await create(dcos, document);
  const late = await dcos.settled({ withinMs: patienceMs, signal }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const { credentials, url } = dcos;
  stdout.write(`The embedded DC/OS serves ${url}\n`);
  stdout.write(`  Marathon  ${url}/service/marathon\n  Edge-LB   ${url}/service/edgelb\n`);
  stdout.write(`  login     ${url}/acs/api/v1/auth/login as ${credentials.uid}, password ${credentials.password}\n`);
  stdout.write(
    `  traffic   by ${dcos.router === 'haproxy' ? 'HAProxy' : 'the built-in router; HAProxy is not installed'}\n`,
  );
  for (const { haproxy, name } of dcos.edgeLb.pools) {
    for (const { bindPort } of haproxy.frontends) {
      stdout.write(`  pool ${name}, port ${bindPort}: ${dcos.poolUrl(name, bindPort)}\n`);
    }
  }
  if (late !== undefined) stdout.write(`Not everything that was to be created is up yet. ${late}\n`);
  stdout.write(`export DCOS_URL=${url} DCOS_ACS_TOKEN=${dcos.token()}\n`);
  if (!signal.aborted) {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  stderr.write('The embedded DC/OS ends; everything in it is gone.\n');
}

/** A pool is known by its part `haproxy`; everything else is an app. @throws Error with the API's refusal */
async function create(dcos: EmbeddedMarathon, document: unknown): Promise<void> {
  const isPool = typeof document === 'object' && document !== null && 'haproxy' in document;
  const path = isPool ? '/service/edgelb/v2/pools' : '/service/marathon/v2/apps';
  const answer = await fetch(`${dcos.url}${path}`, {
    method: 'POST',
    headers: { authorization: `token=${dcos.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify(document),
  });
  if (!answer.ok) throw new Error(`The seed was refused with ${answer.status}: ${await answer.text()}`);
}
