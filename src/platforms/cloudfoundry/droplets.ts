/** Green's program: an image, bits that are staged, or the droplet of another app; and its assignment. */
import type { Slot } from '../../release/model.js';
import { readBits } from './bits.js';
import type { Source } from './definition.js';
import { cfFailure, hasCode, isUncertain } from './failures.js';
import type { Foundation } from './foundation.js';
import { recentLogs } from './log-cache.js';
import type { App, Build, Droplet, Package } from './objects.js';

const LOG_LINES = 30;

/** Makes the program of an app and assigns it. Throws STAGING_FAILED, MANIFEST, or what Cloud Foundry says. */
export async function provideDroplet(
  foundation: Foundation,
  app: App,
  slot: Slot,
  source: Source,
  signal: AbortSignal,
): Promise<void> {
  const droplet =
    source.kind === 'droplet'
      ? await copyDroplet(foundation, app, slot, source, signal)
      : await stage(foundation, app, slot, await packageOf(foundation, app, slot, source, signal), signal);
  const path = `/v3/apps/${app.guid}/relationships/current_droplet`;
  await foundation.client.write(
    { method: 'PATCH', path, body: { data: { guid: droplet } }, what: `give ${app.name} its program`, again: true },
    signal,
  );
}

type Packaged = Exclude<Source, { kind: 'droplet' }>;

async function packageOf(
  foundation: Foundation,
  app: App,
  slot: Slot,
  source: Packaged,
  signal: AbortSignal,
): Promise<string> {
  const { client } = foundation;
  const relationships = { app: { data: { guid: app.guid } } };
  const what = `create a package for ${app.name}`;
  // One package too many is no harm: nothing leads to it.
  const create = (body: object) =>
    client.write<Package>({ method: 'POST', path: '/v3/packages', body, what, again: true }, signal);
  if (source.kind === 'docker') {
    const { image, username, password } = source;
    const data = {
      image,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    return requireGuid(await create({ type: 'docker', relationships, data }), what);
  }
  const zip = await readBits(source.path);
  const guid = requireGuid(await create({ type: 'bits', relationships }), what);
  await upload(foundation, guid, zip, app, signal);
  await untilReady(foundation, guid, slot, signal);
  return guid;
}

function requireGuid(made: { readonly guid: string } | undefined, what: string): string {
  if (made) return made.guid;
  throw cfFailure('REJECTED', { what, title: 'an answer without a body', words: '' });
}

async function upload(
  { client }: Foundation,
  guid: string,
  zip: Buffer,
  { name }: App,
  signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  form.set('bits', new Blob([new Uint8Array(zip)], { type: 'application/zip' }), 'bits.zip');
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? '';
  const body = Buffer.from(await encoded.arrayBuffer());
  const path = `/v3/packages/${guid}/upload`;
  try {
    await client.write({ method: 'POST', path, body, contentType, what: `upload the bits of ${name}` }, signal);
  } catch (error) {
    // Bits are taken once; whether they were says the state of the package.
    if (!isUncertain(error)) throw error;
    client.debug(`The answer to the upload says nothing; the package is looked at: ${error.message}`);
  }
}

async function untilReady({ client }: Foundation, guid: string, slot: Slot, signal: AbortSignal): Promise<void> {
  await client.until(async () => {
    const found = await client.get<Package>(`/v3/packages/${guid}`, `read the package of ${slot}`, signal);
    if (found?.state === 'READY') return true;
    if (found?.state === 'PROCESSING_UPLOAD' || found?.state === 'COPYING') return false;
    const words = found?.data?.error ?? `The package is ${found?.state ?? 'gone'}.`;
    throw cfFailure('STAGING_FAILED', { slot, words });
  }, signal);
}

async function stage(foundation: Foundation, app: App, slot: Slot, guid: string, signal: AbortSignal): Promise<string> {
  const { client } = foundation;
  let droplet: string | undefined;
  const build = await beginBuild(foundation, app, guid, signal);
  if (typeof build === 'object') return untilStaged(foundation, app, slot, build.droplet, signal);
  await client.until(async () => {
    const found = await client.get<Build>(`/v3/builds/${build}`, `see how far the staging of ${slot} is`, signal);
    if (found?.state === 'FAILED') throw await stagingFailure(foundation, app, slot, found.error ?? '', signal);
    droplet = found?.droplet?.guid;
    return found?.state === 'STAGED';
  }, signal);
  return requireGuid(droplet === undefined ? undefined : { guid: droplet }, `stage ${slot}`);
}

/** The guid of the build; after an answer that was lost, the droplet that it is making. */
async function beginBuild(
  { client }: Foundation,
  app: App,
  guid: string,
  signal: AbortSignal,
): Promise<string | { readonly droplet: string }> {
  const what = `stage ${app.name}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return requireGuid(
        await client.write<Build>({ method: 'POST', path: '/v3/builds', body: { package: { guid } }, what }, signal),
        what,
      );
    } catch (error) {
      // Of one package only one build may be under way, so that after a lost answer the second one is refused.
      if (!isUncertain(error) && !(attempt > 1 && hasCode(error, 'REJECTED'))) throw error;
      const droplets = await client.list<Droplet>(
        `/v3/droplets?app_guids=${app.guid}`,
        `find the droplet of ${app.name}`,
        signal,
      );
      const [made] = droplets;
      if (made) return { droplet: made.guid };
      if (attempt >= 4) throw error;
      await client.pause(attempt, signal);
    }
  }
}

async function untilStaged(
  foundation: Foundation,
  app: App,
  slot: Slot,
  guid: string,
  signal: AbortSignal,
): Promise<string> {
  const { client } = foundation;
  await client.until(async () => {
    const found = await client.get<Droplet>(`/v3/droplets/${guid}`, `read the droplet of ${slot}`, signal);
    if (found?.state === 'STAGED') return true;
    if (found && found.state !== 'FAILED' && found.state !== 'EXPIRED') return false;
    throw await stagingFailure(foundation, app, slot, found?.error ?? 'The droplet is gone.', signal);
  }, signal);
  return guid;
}

async function stagingFailure(foundation: Foundation, app: App, slot: Slot, words: string, signal: AbortSignal) {
  const details = await recentLogs(foundation, app, LOG_LINES, signal);
  return cfFailure('STAGING_FAILED', { slot, words }, { details });
}

/** The current droplet of an app, here or in another space. Throws NO_SUCH_PLACE. */
async function copyDroplet(
  foundation: Foundation,
  app: App,
  slot: Slot,
  { app: name, org, space }: Extract<Source, { kind: 'droplet' }>,
  signal: AbortSignal,
): Promise<string> {
  const { client, place } = foundation;
  const where = await foundation.space(signal, space ?? place.space, org ?? place.org);
  const path = `/v3/apps?space_guids=${where}&names=${encodeURIComponent(name)}`;
  const [from] = await client.list<App>(path, `find the app ${name}`, signal);
  if (!from) throw cfFailure('NO_SUCH_PLACE', { kind: 'app', name });
  const source = await client.get<Droplet>(
    `/v3/apps/${from.guid}/droplets/current`,
    `read the droplet of ${name}`,
    signal,
  );
  if (!source) throw cfFailure('NO_SUCH_PLACE', { kind: 'droplet of', name });
  const body = { relationships: { app: { data: { guid: app.guid } } } };
  const what = `copy the droplet of ${name} to ${app.name}`;
  // One droplet too many is no harm either.
  const made = await client.write<Droplet>(
    { method: 'POST', path: `/v3/droplets?source_guid=${source.guid}`, body, what, again: true },
    signal,
  );
  return untilStaged(foundation, app, slot, requireGuid(made, what), signal);
}

/** Whether the source of a droplet is an image: an app is of one kind or the other from its beginning. */
export async function lifecycleOf(
  foundation: Foundation,
  source: Source,
  signal: AbortSignal,
): Promise<'docker' | undefined> {
  if (source.kind === 'docker') return 'docker';
  if (source.kind === 'bits') return undefined;
  const { place, client } = foundation;
  const where = await foundation.space(signal, source.space ?? place.space, source.org ?? place.org);
  const path = `/v3/apps?space_guids=${where}&names=${encodeURIComponent(source.app)}`;
  const [from] = await client.list<App>(path, `find the app ${source.app}`, signal);
  return from?.lifecycle.type === 'docker' ? 'docker' : undefined;
}
