/** One foundation and the space in it that a release works in. What is found once is kept: places do not move. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CloudFoundryConfig, CloudFoundryPlace } from '../../config/cloud-foundry-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import { type HttpAnswer, type HttpRequest, request } from '../../lib/http.js';
import type { PlatformSettings } from '../port.js';
import { Client } from './client.js';
import { authorizationOf } from './credentials.js';
import { cfFailure } from './failures.js';
import type { Domain, Named, Root } from './objects.js';

const ROOT_MS = 30_000;

export class Foundation {
  readonly client: Client;
  readonly place: CloudFoundryPlace;
  readonly settings: PlatformSettings;
  /** PEM texts: what the routers are trusted by, beside the public authorities. */
  readonly authority: string | undefined;
  /** When this run took the last destination from an app, by guid; null for one that this run made and never mapped. */
  readonly unmapped = new Map<string, number | null>();
  private readonly kept = new Map<string, Promise<unknown>>();

  constructor(client: Client, place: CloudFoundryPlace, settings: PlatformSettings, authority: string | undefined) {
    this.client = client;
    this.place = place;
    this.settings = settings;
    this.authority = authority;
  }

  /** Where everything is: asked without credentials. */
  root(signal: AbortSignal): Promise<Root> {
    return this.once('root', async () => {
      const root = await this.client.get<Root>('/', 'find the parts of the foundation', signal, true);
      if (root?.links) return root;
      throw cfFailure('CF_SETTINGS', { reason: `${this.place.api} is not the API of a Cloud Foundry` });
    });
  }

  organization(signal: AbortSignal, name = this.place.org): Promise<string> {
    return this.once(`org ${name}`, () => this.named('organizations', 'organization', name, '', signal));
  }

  /** The guid of a space; of the configured one unless told. Throws NO_SUCH_PLACE. */
  space(signal: AbortSignal, name = this.place.space, org = this.place.org): Promise<string> {
    return this.once(`space ${org} ${name}`, async () => {
      const organization = await this.organization(signal, org);
      return this.named('spaces', 'space', name, `&organization_guids=${organization}`, signal);
    });
  }

  /** The domain that a host name belongs to: the longest one that it ends with; undefined when there is none. */
  async domainOf(host: string, signal: AbortSignal): Promise<Domain | undefined> {
    const labels = host.split('.');
    const names = labels.map((_, index) => labels.slice(index).join('.'));
    const found = await this.once(`domain ${host}`, () =>
      this.client.list<Domain>(`/v3/domains?names=${names.join(',')}`, `find the domain of ${host}`, signal),
    );
    return found.toSorted((one, other) => other.name.length - one.name.length)[0];
  }

  private async named(list: string, kind: string, name: string, more: string, signal: AbortSignal): Promise<string> {
    const path = `/v3/${list}?names=${encodeURIComponent(name)}${more}`;
    const found = await this.client.list<Named>(path, `find the ${kind} ${name}`, signal);
    const [first] = found;
    if (!first) throw cfFailure('NO_SUCH_PLACE', { kind, name });
    return first.guid;
  }

  /** A failure is not kept, and whoever waited for another's question asks anew: that one may only have been stopped. */
  private async once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.kept.get(key) as Promise<T> | undefined;
    if (known) {
      const found = await known.then(value => ({ value })).catch(() => undefined);
      if (found) return found.value;
    }
    const asked = ask();
    this.kept.set(key, asked);
    asked.catch(() => {
      if (this.kept.get(key) === asked) this.kept.delete(key);
    });
    return asked;
  }
}

/** Foundations by the name that targets have for them; each is opened when it is first needed. */
export class Foundations {
  private readonly section: CloudFoundryConfig;
  private readonly settings: PlatformSettings;
  private readonly opened = new Map<string, Promise<Foundation>>();

  constructor(section: CloudFoundryConfig, settings: PlatformSettings) {
    this.section = section;
    this.settings = settings;
  }

  /** Contacts nothing. Throws CF_SETTINGS. */
  of(target: Pick<TargetConfig, 'cloud-foundry'> | undefined): Promise<Foundation> {
    const name = target?.['cloud-foundry']?.foundation ?? '';
    const known = this.opened.get(name) ?? this.open(name);
    this.opened.set(name, known);
    return known;
  }

  private async open(name: string): Promise<Foundation> {
    const { foundations, ...base } = this.section;
    const own = name === '' ? {} : foundations[name];
    if (!own)
      throw cfFailure('CF_SETTINGS', {
        reason: `a target names the foundation ${name}, which foundations does not have`,
      });
    const place = { ...base, ...withoutHoles(own) };
    const ca = await authorityOf(place.ca, this.settings);
    const { clock, log } = this.settings;
    const send = (wanted: HttpRequest): Promise<HttpAnswer> => request({ ...wanted, ...(ca ? { tls: { ca } } : {}) });
    const server = async () => {
      const root = await askRoot(foundation);
      const link = root.links.login ?? root.links.uaa;
      if (link) return link.href.replace(/\/+$/, '');
      throw cfFailure('CF_SETTINGS', {
        reason: `${place.api} has no UAA (it may be Korifi), so credentials must be {token}`,
      });
    };
    const login = {
      credentials: place.credentials,
      clock,
      mask: (secret: string) => this.settings.mask(secret),
      send,
      environment: this.settings.environment,
      server,
    };
    const client = new Client({
      api: place.api,
      authorization: authorizationOf(login),
      clock,
      debug: text => log.debug(text),
      warning: text => log.warning(text),
      send,
    });
    const foundation = new Foundation(client, place, this.settings, ca);
    return foundation;
  }
}

/** Many wait for the login that needs it, so it goes on when one of them stops. */
async function askRoot(foundation: Foundation): Promise<Root> {
  const signal = AbortSignal.timeout(ROOT_MS);
  try {
    return await foundation.root(signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const reason = `no answer within ${ROOT_MS / 1_000} s`;
    throw cfFailure(
      'UNREACHABLE',
      { server: foundation.place.api, reason, what: 'find out where to log in' },
      { cause },
    );
  }
}

function withoutHoles<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

async function authorityOf(given: string | undefined, { workspace }: PlatformSettings): Promise<string | undefined> {
  if (given === undefined || given.includes('-----BEGIN')) return given;
  try {
    return await readFile(resolve(workspace, given), 'utf8');
  } catch (cause) {
    throw cfFailure('CF_SETTINGS', { reason: `ca names ${given}, which cannot be read` }, { cause });
  }
}
