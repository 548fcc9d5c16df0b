/** Apps: read, created, replaced, scaled and deleted, and never by force. */
import type { Slot } from '../../release/model.js';
import type { Client } from './client.js';
import { isUncertain, marathonFailure } from './failures.js';
import { type App, type AppDefinition, type Labels, VERSION_LABEL } from './objects.js';

/** The app that a slot is: `svc-blue` and `/svc-blue` are the same. */
export function appId(slot: Slot): string {
  return slot.startsWith('/') ? slot : `/${slot}`;
}

/** Of `/shop/web` it is `/shop`, of `/web` it is `` (the root). */
export function groupOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

function pathOf(id: string): string {
  return `/v2/apps/${id.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`;
}

/** The app with its tasks, counts, deployments and last failure; undefined when there is none. */
export async function readApp(client: Client, id: string, signal: AbortSignal): Promise<App | undefined> {
  const answer = await client.get<{ readonly app: App }>('marathon', pathOf(id), `read the app ${id}`, signal);
  return answer?.app;
}

/** Throws APP_NOT_FOUND. */
export async function requireApp(client: Client, id: string, signal: AbortSignal): Promise<App> {
  const app = await readApp(client, id, signal);
  if (!app) throw marathonFailure('APP_NOT_FOUND', { app: id });
  return app;
}

export function versionOf(app: App | undefined): string | undefined {
  return app?.labels?.[VERSION_LABEL];
}

/** Apps that carry a label; with their labels alone, no tasks. */
export async function listApps(client: Client, label: string, signal: AbortSignal): Promise<readonly App[]> {
  const path = `/v2/apps?label=${encodeURIComponent(label)}`;
  const answer = await client.get<{ readonly apps: readonly App[] }>('marathon', path, 'list apps', signal);
  return answer?.apps ?? [];
}

/**
 * Creates an app that is not there. Throws CONFLICT when it is; after a lost answer the app itself says whether this
 * very definition arrived.
 */
export async function createApp(
  client: Client,
  definition: AppDefinition,
  isSame: (app: App) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const what = `create the app ${definition.id}`;
  try {
    await client.write(
      { api: 'marathon', method: 'POST', path: '/v2/apps?force=false', body: definition, what },
      signal,
    );
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const found = await readApp(client, definition.id, signal);
    if (!found) return createAgain(client, definition, isSame, signal);
    if (!isSame(found)) throw error;
  }
}

/** The first one did not arrive. That it did after all is found out by the second being refused. */
async function createAgain(
  client: Client,
  definition: AppDefinition,
  isSame: (app: App) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const what = `create the app ${definition.id}`;
  try {
    await client.write(
      { api: 'marathon', method: 'POST', path: '/v2/apps?force=false', body: definition, what },
      signal,
    );
  } catch (error) {
    const found = await readApp(client, definition.id, signal);
    if (!found || !isSame(found)) throw error;
  }
}

/** Makes an app exactly what the definition says. Only for one that is there and gets no traffic: it restarts. */
export async function replaceApp(client: Client, definition: AppDefinition, signal: AbortSignal): Promise<void> {
  const path = `${pathOf(definition.id)}?force=false&partialUpdate=false`;
  const what = `replace the app ${definition.id}`;
  await client.write({ api: 'marathon', method: 'PUT', path, body: definition, what, again: true }, signal);
}

/** Says how many instances an app shall have. PATCH, because PUT would create an app of a mistyped name. */
export async function scaleApp(client: Client, id: string, instances: number, signal: AbortSignal): Promise<void> {
  const what = `scale the app ${id} to ${instances}`;
  const question = { api: 'marathon', method: 'PATCH', path: `${pathOf(id)}?force=false`, what, again: true } as const;
  await client.write({ ...question, body: { instances } }, signal);
}

/** Gives an app other labels and a size in one write. Its instances restart: only for one that has none with traffic. */
export async function labelApp(
  client: Client,
  id: string,
  change: { readonly labels: Labels; readonly instances: number },
  signal: AbortSignal,
): Promise<void> {
  const what = `give the app ${id} its labels`;
  const question = { api: 'marathon', method: 'PATCH', path: `${pathOf(id)}?force=false`, what, again: true } as const;
  await client.write({ ...question, body: change }, signal);
}

/** Deletes an app. One that is gone already is fine. Without `force=false` Marathon would force it. */
export async function deleteApp(client: Client, id: string, signal: AbortSignal): Promise<void> {
  const path = `${pathOf(id)}?force=false`;
  const what = `delete the app ${id}`;
  await client.write({ api: 'marathon', method: 'DELETE', path, what, again: true }, signal);
}

/**
 * Ends exactly these tasks, and takes as many from the size of the app. The same again changes nothing: ids that are gone
 * count for nothing. One app a call, for a lock on one of several would refuse them all.
 */
export async function killAndScale(
  client: Client,
  id: string,
  tasks: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const path = '/v2/tasks/delete?scale=true&force=false';
  const what = `end ${tasks.join(', ')} of the app ${id}`;
  await client.write({ api: 'marathon', method: 'POST', path, body: { ids: tasks }, what, again: true }, signal);
}
