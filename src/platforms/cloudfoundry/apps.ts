/** Apps: found by the slot that they are, read with their instances, started, stopped, scaled and deleted. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { cfFailure, hasCode, isUncertain } from './failures.js';
import type { Foundation } from './foundation.js';
import {
  type App,
  annotation,
  type Instance,
  label,
  type Metadata,
  type Process,
  SLOT_LABEL,
  VERSION_ANNOTATION,
} from './objects.js';

/** What there is of a slot. */
export interface SlotObjects {
  readonly slot: Slot;
  readonly app: App | undefined;
  /** Its web process; undefined without an app. */
  readonly web: Process | undefined;
  /** Rows of the web process's statistics; empty while the app is stopped. */
  readonly instances: readonly Instance[];
}

/** The names that a target's apps may have, besides its slots': the live one's and the old one's. */
export function namesOf(target: TargetConfig): { readonly live: string; readonly old: string } | undefined {
  const live = target['cloud-foundry']?.app;
  return live === undefined ? undefined : { live, old: `${live}-old` };
}

/**
 * The apps of both slots. An app is the slot that its label says, whatever it is called; one without a label that is
 * called like the slot is it, too; and one that is called like the live app, where no app is labelled as it, is blue: so a
 * release begins that finds what was pushed by hand.
 */
export async function findApps(
  foundation: Foundation,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<ReadonlyMap<Slot, App | undefined>> {
  const { client } = foundation;
  const { blue, green } = target.slots;
  const names = namesOf(target);
  const wanted = [blue, green, ...(names ? [names.live] : [])].map(encodeURIComponent).join(',');
  const space = await foundation.space(signal);
  const selector = encodeURIComponent(`${SLOT_LABEL} in (${blue},${green})`);
  const [labelled, named] = await Promise.all([
    client.list<App>(
      `/v3/apps?space_guids=${space}&label_selector=${selector}`,
      `find ${blue} and ${green} by label`,
      signal,
    ),
    client.list<App>(`/v3/apps?space_guids=${space}&names=${wanted}`, `find ${blue} and ${green} by name`, signal),
  ]);
  const unlabelled = named.filter(app => label(app, SLOT_LABEL) === undefined);
  const called = (name: string | undefined) => unlabelled.find(app => app.name.toLowerCase() === name?.toLowerCase());
  const of = (slot: Slot) =>
    onlyOne(
      slot,
      labelled.filter(app => label(app, SLOT_LABEL) === slot),
    ) ?? called(slot);
  return new Map([
    [blue, of(blue) ?? called(names?.live)],
    [green, of(green)],
  ]);
}

function onlyOne(slot: Slot, apps: readonly App[]): App | undefined {
  if (apps.length < 2) return apps[0];
  const words = `${apps.map(({ name }) => name).join(' and ')} both have the label ${SLOT_LABEL}=${slot}`;
  throw cfFailure('CONFLICT', { what: `find the app of the slot ${slot}`, words });
}

export async function findApp(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<App | undefined> {
  return (await findApps(foundation, target, signal)).get(slot);
}

export async function requireApp(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<App> {
  const app = await findApp(foundation, target, slot, signal);
  if (!app) throw cfFailure('APP_NOT_FOUND', { slot });
  return app;
}

/** The app of a slot with its web process and what its instances say. */
export async function readSlot(
  foundation: Foundation,
  slot: Slot,
  app: App | undefined,
  signal: AbortSignal,
): Promise<SlotObjects> {
  if (!app) return { slot, app, web: undefined, instances: [] };
  const { client } = foundation;
  const path = `/v3/apps/${app.guid}/processes/web`;
  const [web, stats] = await Promise.all([
    client.get<Process>(path, `read the process of ${app.name}`, signal),
    app.state === 'STARTED'
      ? client.get<{ resources?: readonly Instance[] }>(`${path}/stats`, `read the instances of ${app.name}`, signal)
      : undefined,
  ]);
  return { slot, app, web, instances: stats?.resources ?? [] };
}

/** Running and in the routers' reach: `routable` is null or missing where the platform does not know. */
export function isReady({ state, routable }: Instance): boolean {
  return state === 'RUNNING' && routable !== false;
}

/** How many instances the slot is asked to have: none while it is stopped. */
export function sizeOf({ app, web }: SlotObjects): number {
  return app?.state === 'STARTED' ? (web?.instances ?? 0) : 0;
}

/** Of those that are wanted, by index: a row may be left of an instance that is one too many. */
export function readyOf({ web, instances }: SlotObjects): number {
  const ready = instances.filter(one => isReady(one) && one.index < (web?.instances ?? 0));
  return new Set(ready.map(({ index }) => index)).size;
}

export function versionOf(app: App | undefined): string | undefined {
  return app && annotation(app, VERSION_ANNOTATION);
}

/** Throws CONFLICT when the name is taken by something that is not what was asked for. */
export async function createApp(
  foundation: Foundation,
  name: string,
  body: object,
  isOurs: (app: App) => boolean,
  signal: AbortSignal,
): Promise<App> {
  const { client } = foundation;
  const space = await foundation.space(signal);
  const whole = { name, ...body, relationships: { space: { data: { guid: space } } } };
  for (let attempt = 1, wasUnsure = false; ; attempt++) {
    try {
      const made = await client.write<App>(
        { method: 'POST', path: '/v3/apps', body: whole, what: `create the app ${name}` },
        signal,
      );
      if (made) return made;
    } catch (error) {
      if (hasCode(error, 'CONFLICT')) {
        // After an answer that was lost, the name may be taken by what was made.
        const found = wasUnsure ? await namedApp(foundation, name, signal) : undefined;
        if (found && isOurs(found)) return found;
        throw error;
      }
      if (!isUncertain(error) || attempt >= 4) throw error;
      wasUnsure = true;
      await client.pause(attempt, signal);
    }
  }
}

export async function namedApp(foundation: Foundation, name: string, signal: AbortSignal): Promise<App | undefined> {
  const space = await foundation.space(signal);
  const path = `/v3/apps?space_guids=${space}&names=${encodeURIComponent(name)}`;
  const found = await foundation.client.list<App>(path, `find the app ${name}`, signal);
  return found.find(app => app.name === name);
}

/** Metadata, and the name where it changes. The same once or twice. */
export async function markApp(
  { client }: Foundation,
  app: App,
  change: { readonly name?: string; readonly metadata?: Metadata },
  signal: AbortSignal,
): Promise<void> {
  const what = change.name === undefined ? `mark the app ${app.name}` : `rename the app ${app.name} to ${change.name}`;
  await client.write({ method: 'PATCH', path: `/v3/apps/${app.guid}`, body: change, what, again: true }, signal);
}

export async function startApp({ client }: Foundation, app: App, signal: AbortSignal): Promise<void> {
  await client.write(
    { method: 'POST', path: `/v3/apps/${app.guid}/actions/start`, what: `start ${app.name}`, again: true },
    signal,
  );
}

export async function stopApp({ client }: Foundation, app: App, signal: AbortSignal): Promise<void> {
  await client.write(
    { method: 'POST', path: `/v3/apps/${app.guid}/actions/stop`, what: `stop ${app.name}`, again: true },
    signal,
  );
}

export async function setSize({ client }: Foundation, app: App, size: number, signal: AbortSignal): Promise<void> {
  const path = `/v3/apps/${app.guid}/processes/web/actions/scale`;
  const what = `scale ${app.name} to ${size}`;
  await client.write({ method: 'POST', path, body: { instances: size }, what, again: true }, signal);
}

/** Deletes, and waits for the job's end and for absence: what is gone already is fine. */
export async function deleteApp({ client }: Foundation, { guid, name }: App, signal: AbortSignal): Promise<void> {
  const path = `/v3/apps/${guid}`;
  try {
    await client.job({ method: 'DELETE', path, what: `delete the app ${name}`, again: true }, signal);
  } catch (error) {
    if (!hasCode(error, 'GONE')) throw error;
  }
  await client.until(async () => (await client.get(path, `see whether ${name} is gone`, signal)) === undefined, signal);
}
