/** BCS: the Mesos plan by its HTTP API, and the Kubernetes plan through its tunnel. */
import type { BcsConfig } from '../../config/bcs-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import { request } from '../../lib/http.js';
import type { Platform, PlatformSettings, Problem } from '../port.js';
import { Client } from './client.js';
import { type Context, namespaceOf, readingOf } from './context.js';
import { examineMesos } from './examination.js';
import { bcsFailure } from './failures.js';
import { openTunnel } from './kubernetes.js';
import { MesosPlatform } from './mesos.js';
import { recordsOf } from './records.js';
import { accessOf } from './settings.js';

/** What can be seen without contacting anything; the plan decides who looks. */
export async function examine(target: TargetConfig, workspace: string, section: unknown): Promise<readonly Problem[]> {
  const { orchestrator } = (section ?? {}) as Partial<BcsConfig>;
  if (orchestrator !== 'kubernetes') return examineMesos(target, workspace);
  return (await import('../kubernetes/index.js')).examine(target, workspace);
}

/** Reads the credentials and the first target's files; contacts nothing. Throws BCS_SETTINGS and MANIFEST. */
export async function open(settings: PlatformSettings): Promise<Platform> {
  const { bcs: section, clock, log } = settings;
  if (!section) throw bcsFailure('BCS_SETTINGS', { reason: 'it is missing' });
  if (section.orchestrator === 'kubernetes') return openTunnel(section, settings);
  const { api, token, tls } = await accessOf(section, settings);
  const client = new Client({
    api,
    cluster: section.cluster,
    token,
    clock,
    debug: text => log.debug(text),
    send: wanted => request({ ...wanted, tls: Object.keys(tls).length > 0 ? tls : undefined }),
  });
  const ask: Context['ask'] = wanted => request({ method: 'GET', freshConnection: true, ...wanted });
  const context: Context = { client, settings, section, ask };
  const [first] = settings.targets ?? [];
  const namespace = namespaceOf(context, first, first && (await readingOf(context, first)));
  return new MesosPlatform(context, recordsOf(client, namespace, section['read-lag']));
}
