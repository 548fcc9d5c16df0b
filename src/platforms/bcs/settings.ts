/** Where BCS is and who we are to it: the section `bcs`, and the configuration file of bcs-client if that is named. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { BcsConfig } from '../../config/bcs-schema.js';
import type { PlatformSettings } from '../port.js';
import { bcsFailure } from './failures.js';
import { configurationShape, misfits } from './shapes.js';

export interface Access {
  readonly api: string;
  readonly token: string | undefined;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

type ClientConfiguration = z.output<typeof configurationShape>;

/** Reads files; contacts nothing. The token is masked before it can appear anywhere. Throws BCS_SETTINGS. */
export async function accessOf(section: BcsConfig, settings: PlatformSettings): Promise<Access> {
  const conf = section.conf === undefined ? {} : await readConfiguration(section.conf, settings);
  // The shipped template has an empty one.
  const token = section.token ?? (conf.bcs_token || undefined);
  if (token !== undefined) settings.mask(token);
  const [ca, cert, key] = await Promise.all([
    section.ca === undefined ? pem('ca_file', conf.ca_file, settings) : pem('ca', section.ca, settings),
    pem('cert_file', conf.cert_file, settings),
    pem('key_file', conf.key_file, settings),
  ]);
  const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  return { api: section.api ?? addressOf(conf), token, tls };
}

async function readConfiguration(path: string, settings: PlatformSettings): Promise<ClientConfiguration> {
  const text = await fileText(path, settings, 'conf');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw bcsFailure('BCS_SETTINGS', { reason: `${path} is not JSON, as bcs-client needs it` }, { cause });
  }
  const [wrong] = misfits(configurationShape, parsed);
  if (wrong !== undefined) throw bcsFailure('BCS_SETTINGS', { reason: `in ${path}, ${wrong}` });
  const conf = parsed as ClientConfiguration;
  // What the shipped template says, and no program reads.
  if (conf.bcs_auth !== undefined && conf.bcs_token === undefined) {
    settings.log.warning(`${path} says bcs_auth, which no program reads: the token belongs into bcs_token.`);
  }
  return conf;
}

/** An address without a scheme is https where all three files of a certificate are named, as for bcs-client. */
function addressOf({ apiserver, ca_file, cert_file, key_file }: ClientConfiguration): string {
  if (!apiserver)
    throw bcsFailure('BCS_SETTINGS', { reason: 'neither api nor the configuration file names the gateway' });
  const scheme = ca_file && cert_file && key_file ? 'https' : 'http';
  const address = (apiserver.startsWith('http') ? apiserver : `${scheme}://${apiserver}`).replace(/\/+$/, '');
  if (URL.canParse(address)) return address;
  throw bcsFailure('BCS_SETTINGS', { reason: `apiserver is ${apiserver}, which is no address` });
}

async function pem(key: string, given: string | undefined, settings: PlatformSettings): Promise<string | undefined> {
  if (!given || given.includes('-----BEGIN')) return given;
  return fileText(given, settings, key);
}

async function fileText(path: string, { workspace }: PlatformSettings, key: string): Promise<string> {
  try {
    return await readFile(resolve(workspace, path), 'utf8');
  } catch (cause) {
    throw bcsFailure('BCS_SETTINGS', { reason: `${key} names ${path}, which cannot be read` }, { cause });
  }
}
