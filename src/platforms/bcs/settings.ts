/** Where BCS is and who we are to it: the section `bcs`, and the configuration file of bcs-client if that is named. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BcsConfig } from '../../config/bcs-schema.js';
import type { PlatformSettings } from '../port.js';
import { bcsFailure } from './failures.js';

export interface Access {
  readonly api: string;
  readonly token: string | undefined;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

interface ClientConfiguration {
  readonly apiserver?: string;
  readonly bcs_token?: string;
  /** What the shipped template says, and no program reads. */
  readonly bcs_auth?: string;
  readonly ca_file?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
}

/** Reads files; contacts nothing. The token is masked before it can appear anywhere. Throws BCS_SETTINGS. */
export async function accessOf(section: BcsConfig, settings: PlatformSettings): Promise<Access> {
  const conf = section.conf === undefined ? {} : await readConfiguration(section.conf, settings);
  const token = section.token ?? conf.bcs_token;
  if (token !== undefined) settings.mask(token);
  const [ca, cert, key] = await Promise.all([
    pem(section.ca ?? conf.ca_file, settings),
    pem(conf.cert_file, settings),
    pem(conf.key_file, settings),
  ]);
  const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  return { api: section.api ?? addressOf(conf), token, tls };
}

async function readConfiguration(path: string, settings: PlatformSettings): Promise<ClientConfiguration> {
  const text = await fileText(path, settings, 'conf');
  let conf: ClientConfiguration;
  try {
    conf = JSON.parse(text) as ClientConfiguration;
  } catch (cause) {
    throw bcsFailure('BCS_SETTINGS', { reason: `${path} is not JSON, as bcs-client needs it` }, { cause });
  }
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
  return (apiserver.startsWith('http') ? apiserver : `${scheme}://${apiserver}`).replace(/\/+$/, '');
}

async function pem(given: string | undefined, settings: PlatformSettings): Promise<string | undefined> {
  if (!given || given.includes('-----BEGIN')) return given;
  return fileText(given, settings, 'ca');
}

async function fileText(path: string, { workspace }: PlatformSettings, key: string): Promise<string> {
  try {
    return await readFile(resolve(workspace, path), 'utf8');
  } catch (cause) {
    throw bcsFailure('BCS_SETTINGS', { reason: `${key} names ${path}, which cannot be read` }, { cause });
  }
}
