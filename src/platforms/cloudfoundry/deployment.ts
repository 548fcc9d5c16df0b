/** Green: an app of its own, made anew for each version, so that nothing of an earlier one is left in it. */
import { dump } from 'js-yaml';
import type { TargetConfig } from '../../config/schema.js';
import type { Change, Slot, TargetPlan } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import {
  createApp,
  deleteApp,
  findApps,
  markApp,
  readSlot,
  requireApp,
  setSize,
  sizeOf,
  startApp,
  versionOf,
} from './apps.js';
import { type Definition, type Fields, readDefinition, type Source } from './definition.js';
import { needsStart, shapesFor } from './destinations.js';
import { lifecycleOf, provideDroplet } from './droplets.js';
import { cfFailure } from './failures.js';
import type { Foundation } from './foundation.js';
import { type App, annotation, MAKING_ANNOTATION, SLOT_LABEL, VERSION_ANNOTATION } from './objects.js';
import { titleOf } from './proposal.js';
import { documentOf, readDestinations } from './routes.js';
import { copyPolicies, greenFields, readSettings, type Settings } from './settings.js';
import { requireRouting } from './switching.js';
import { proveNotMapped } from './teardown.js';
import { closeTemporary, openTemporary } from './temporary.js';

/** Reads the target's files. Throws MANIFEST. */
export async function definitionOf({ settings }: Foundation, target: TargetConfig): Promise<Definition> {
  const definition = await readDefinition(target, settings.workspace);
  if (definition.mistakes.length > 0) throw cfFailure('MANIFEST', { sentences: definition.mistakes });
  return definition;
}

/** Makes green what the definition says, at the planned size. Throws MANIFEST, ROUTE_CHANGED, or what Cloud Foundry says. */
export async function deployGreen(
  foundation: Foundation,
  target: TargetConfig,
  plan: TargetPlan,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const definition = await definitionOf(foundation, target);
  const { source } = definition;
  if (!source)
    throw cfFailure('MANIFEST', { sentences: [`nothing says where the program of ${plan.target} comes from.`] });
  // Since the plan was made another run may have made green the live slot: this would then delete live instances.
  await requireRouting(foundation, target, plan.adopted ?? plan.previous, signal);
  const apps = await findApps(foundation, target, signal);
  const existing = apps.get(plan.green);
  if (existing && versionOf(existing) === plan.version)
    return scaleSlot(foundation, target, plan.green, plan.size, signal);
  await held(signal);
  const changes: Change[] = [];
  if (existing) {
    await removeLeftover(foundation, target, plan.green, existing, signal);
    changes.push({
      verb: 'delete',
      object: titleOf(plan.green),
      detail: `version ${versionOf(existing) ?? 'not known'}`,
    });
  }
  const blue = plan.blue === undefined ? undefined : apps.get(plan.blue);
  await makeApp(foundation, target, plan, { definition, source, blue }, signal);
  changes.push({
    verb: 'create',
    object: titleOf(plan.green),
    detail: `version ${plan.version}, ${plan.size} instances`,
  });
  return changes;
}

async function removeLeftover(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  app: App,
  signal: AbortSignal,
): Promise<void> {
  await proveNotMapped(foundation, slot, app, signal);
  await closeTemporary(foundation, target, slot, signal);
  await deleteApp(foundation, app, signal);
}

interface Parts {
  readonly definition: Definition;
  readonly source: Source;
  readonly blue: App | undefined;
}

/** The version is written last: whatever dies before leaves an app that is of no version, and is made again. */
async function makeApp(
  foundation: Foundation,
  target: TargetConfig,
  plan: TargetPlan,
  { definition, source, blue }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { client, settings } = foundation;
  const version = plan.version ?? '';
  const lifecycle = await lifecycleOf(foundation, source, signal);
  if (source.kind === 'docker' && source.password !== undefined) settings.mask(source.password);
  const metadata = { labels: { [SLOT_LABEL]: plan.green }, annotations: { [MAKING_ANNOTATION]: version } };
  const body = { ...(lifecycle === 'docker' ? { lifecycle: { type: 'docker', data: {} } } : {}), metadata };
  const isOurs = (app: App) => annotation(app, MAKING_ANNOTATION) === version;
  const app = await createApp(foundation, plan.green, body, isOurs, signal);
  foundation.unmapped.set(app.guid, null);
  const blueSettings = blue && (await readSettings(foundation, blue, signal));
  await applyManifest(foundation, app, greenFields(definition, blueSettings), plan.size, signal);
  await provideDroplet(foundation, app, plan.green, source, signal);
  if (blue && blueSettings) await copyFeatures(foundation, app, blueSettings, signal);
  if (blue && blueSettings?.policies) await copyPolicies(foundation, blueSettings.policies, blue, app, signal);
  // A droplet may bring processes of its own.
  const { web } = await readSlot(foundation, plan.green, app, signal);
  if (web?.instances !== plan.size) await setSize(foundation, app, plan.size, signal);
  await mapBeforeStart(foundation, target, plan, app, signal);
  await markApp(
    foundation,
    app,
    { metadata: { annotations: { [VERSION_ANNOTATION]: version, [MAKING_ANNOTATION]: null } } },
    signal,
  );
  await startApp(foundation, app, signal);
  client.debug(`${app.name} is started.`);
}

async function applyManifest(
  foundation: Foundation,
  app: App,
  fields: Fields,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const space = await foundation.space(signal);
  const processes = Array.isArray(fields.processes)
    ? { processes: withSize(fields.processes as readonly Fields[], size) }
    : {};
  const body = dump({ applications: [{ ...fields, ...processes, name: app.name, instances: size }] }, { noRefs: true });
  const path = `/v3/spaces/${space}/actions/apply_manifest`;
  const what = `apply the manifest of ${app.name}`;
  await foundation.client.job(
    { method: 'POST', path, body, contentType: 'application/x-yaml', what, again: true },
    signal,
  );
}

function withSize(processes: readonly Fields[], size: number): readonly Fields[] {
  return processes.map(process => (process.type === 'web' ? { ...process, instances: size } : process));
}

/** Features are no part of a manifest. Some cannot be changed where an operator forbids it: then blue's could not either. */
async function copyFeatures(
  foundation: Foundation,
  app: App,
  { features }: Settings,
  signal: AbortSignal,
): Promise<void> {
  if (Object.keys(features).length === 0) return;
  const { features: own } = await readSettings(foundation, app, signal);
  for (const [name, enabled] of Object.entries(features)) {
    if (own[name] === enabled) continue;
    const path = `/v3/apps/${app.guid}/features/${name}`;
    const what = `turn the feature ${name} of ${app.name} ${enabled ? 'on' : 'off'}`;
    await foundation.client.write({ method: 'PATCH', path, body: { enabled }, what, again: true }, signal);
  }
}

/** A port or protocol of its own has to be known to an app before it starts; later it would need a restart. */
async function mapBeforeStart(
  foundation: Foundation,
  target: TargetConfig,
  plan: TargetPlan,
  app: App,
  signal: AbortSignal,
): Promise<void> {
  const destinations = await Promise.all(
    plan.previous.routes.map(state => readDestinations(foundation, documentOf(state).guid, state.route, signal)),
  );
  const shapes = shapesFor(destinations.flat(), app).filter(needsStart);
  if (shapes.length > 0) await openTemporary(foundation, target, plan.green, app, signal, shapes);
}

/** Started, with at least so many instances. Throws APP_NOT_FOUND. */
export async function scaleSlot(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  size: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const app = await requireApp(foundation, target, slot, signal);
  const found = await readSlot(foundation, slot, app, signal);
  const now = sizeOf(found);
  const asked = found.web?.instances ?? 0;
  if (asked < size) await setSize(foundation, app, size, signal);
  if (app.state !== 'STARTED') await startApp(foundation, app, signal);
  return now >= size ? [] : [{ verb: 'scale', object: titleOf(slot), detail: `instances ${now} -> ${size}` }];
}
