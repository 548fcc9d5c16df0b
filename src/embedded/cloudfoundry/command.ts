import { readFile } from 'node:fs/promises';
import { loadAll } from 'js-yaml';
import type { CommandStreams } from '../command.js';
import { type Seed, startEmbeddedCloudFoundry } from './index.js';

/** What is there when nothing else is asked for. */
const EMPTY: Seed = { organization: 'shop', space: 'production', domain: 'example.test' };

/** Serves a Cloud Foundry until the signal. @param seeds files (JSON or YAML) of what `Seed` describes */
export async function serveCloudFoundry(
  seeds: readonly string[],
  { signal, stderr, stdout }: CommandStreams,
): Promise<void> {
  const texts = await Promise.all(seeds.map(file => readFile(file, 'utf8')));
  const wanted = texts.flatMap(text => loadAll(text) as readonly Partial<Seed>[]).map(seed => ({ ...EMPTY, ...seed }));
  await using platform = await startEmbeddedCloudFoundry();
  for (const seed of wanted.length > 0 ? wanted : [EMPTY]) await platform.seed(seed);
  const { name, password } = platform.user;
  stdout.write(`The embedded Cloud Foundry serves ${platform.url}, user ${name}, password ${password}\n`);
  stdout.write(`  routers  ${platform.routers.map(({ port }) => `http://127.0.0.1:${port}`).join(' ')}\n`);
  for (const route of wanted.flatMap(({ routes = {} }) => Object.keys(routes))) {
    stdout.write(`  route ${route}: ${await platform.liveUrl(route)}\n`);
  }
  if (!signal.aborted) {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  stderr.write('The embedded Cloud Foundry ends; everything in it is gone.\n');
}
