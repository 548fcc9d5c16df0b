/** What can be seen before anything is written; all findings at once. Writes nothing. */
import type { Finding, Severity, StepName, TargetPlan } from '../../release/model.js';
import type { Journey } from '../port.js';
import { findApps, namedApp, namesOf, readyOf, type SlotObjects, sizeOf } from './apps.js';
import type { Definition } from './definition.js';
import { type Fields, isFields, processesOf } from './definition.js';
import { hasCode } from './failures.js';
import { label, type Resource, type Route, TEMPORARY_LABEL } from './objects.js';
import type { Observation } from './observation.js';
import { quotaFindings } from './quotas.js';
import { roleFindings } from './roles.js';
import { routeFindings } from './route-findings.js';
import { differences, greenFields, readSettings, type Settings } from './settings.js';
import { shareFindings } from './share-findings.js';

export type Said = Omit<Finding, 'target'>;

/** What was seen, and what to do about it: one sentence each. */
export function tell(severity: Severity, code: string, message: string, remedy: string): Said {
  return { severity, code, message, remedy };
}

export async function findingsOf(
  observation: Observation,
  definition: Definition,
  plan: TargetPlan,
  signal: AbortSignal,
  journey?: Journey,
): Promise<readonly Finding[]> {
  const { foundation, target, slots } = observation;
  const blue = slots.find(({ slot }) => slot === plan.blue);
  const deploys = walks(journey, 'deploy');
  const settings = blue?.app && deploys ? await readSettings(foundation, blue.app, signal) : undefined;
  const said = await Promise.all([
    routeFindings(observation, signal),
    elsewhereFindings(observation, blue, journey, signal),
    nameFindings(observation, signal),
    underWayFindings(observation, blue, signal),
    roleFindings(foundation, signal),
    deploys ? quotaFindings(observation, greenFields(definition, settings), plan, signal) : [],
  ]);
  const own = deploys ? definitionFindings(definition, settings) : [];
  return [...said.flat(), ...own, ...blueFindings(blue), ...shareFindings(plan)].map(one => ({
    ...one,
    target: target.name,
  }));
}

/** A plan that is only shown stops before everything, and is about all of it. */
function walks(journey: Journey | undefined, step: StepName): boolean {
  return journey === undefined || !journey.steps.includes('claim') || journey.steps.includes(step);
}

/** Routes that lead to blue and are none of the target's: an app with a destination is never stopped. */
async function elsewhereFindings(
  { foundation, routes }: Observation,
  blue: SlotObjects | undefined,
  journey: Journey | undefined,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  if (!blue?.app) return [];
  const { guid, name } = blue.app;
  const all = await foundation.client.list<Route>(`/v3/apps/${guid}/routes`, `find the routes of ${name}`, signal);
  const others = all.filter(
    one => !routes.some(({ route }) => route.guid === one.guid) && label(one, TEMPORARY_LABEL) !== blue.slot,
  );
  const goes = walks(journey, 'teardown');
  return others.map(({ url }) => {
    const message = `${url} leads to ${name} too, and is none of the target's routes.`;
    const remedy = `Name route/${url} among the routes, or unmap it: an app that a route leads to is never stopped.`;
    return tell(goes ? 'error' : 'warning', 'UNNAMED_ROUTE', message, remedy);
  });
}

/** Names that the release gives, and that somebody else's app has. */
async function nameFindings({ foundation, target }: Observation, signal: AbortSignal): Promise<readonly Said[]> {
  const names = namesOf(target);
  if (!names) return [];
  const own = [...(await findApps(foundation, target, signal)).values()].map(app => app?.guid);
  const found = await Promise.all([names.live, names.old].map(name => namedApp(foundation, name, signal)));
  return found.flatMap(app => {
    if (!app || own.includes(app.guid)) return [];
    const message = `The name ${app.name}, which the release gives, belongs to an app that is none of the slots.`;
    return [tell('error', 'NAME_TAKEN', message, 'Rename or delete that app, or give cloud-foundry.app another name.')];
  });
}

/** A rolling deployment of blue changes its instances while users are led away from it. */
async function underWayFindings(
  { foundation }: Observation,
  blue: SlotObjects | undefined,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  if (!blue?.app) return [];
  const { guid, name } = blue.app;
  try {
    const path = `/v3/deployments?app_guids=${guid}&status_values=ACTIVE`;
    const active = await foundation.client.list<Resource>(path, `find deployments of ${name}`, signal);
    if (active.length === 0) return [];
    const message = `${name} has a rolling deployment under way.`;
    return [tell('error', 'DEPLOYMENT_ACTIVE', message, `Let it end, or cancel it: cf cancel-deployment ${name}.`)];
  } catch (error) {
    // Korifi does not list them by their state.
    if (!hasCode(error, 'GONE', 'REJECTED', 'NOT_JSON')) throw error;
    return [];
  }
}

function definitionFindings(definition: Definition, blue: Settings | undefined): readonly Said[] {
  const fields = greenFields(definition, blue);
  const stripped = definition.stripped.join(', ');
  const lost = blue ? differences(definition, blue) : [];
  return [
    ...(stripped === ''
      ? []
      : [
          tell(
            'info',
            'ROUTES_LEFT_OUT',
            `${stripped} of the manifest is left out: green is led to by the release alone.`,
            'Name production routes as routes of the target.',
          ),
        ]),
    ...lost.map(what =>
      tell(
        'warning',
        'DIFFERENT_SETTINGS',
        `Blue has ${what}, and the manifest, which speaks of such things, does not.`,
        'Add them to the manifest, or leave them out on purpose.',
      ),
    ),
    ...healthFindings(fields),
    ...workerFindings(fields),
    ...(blue && blue.policies === undefined
      ? [
          tell(
            'warning',
            'POLICIES_NOT_KNOWN',
            'The network policies of blue cannot be read, so green gets none of them.',
            'Give the user the scope network.write, or add them by hand: cf add-network-policy.',
          ),
        ]
      : []),
  ];
}

function healthFindings(fields: Fields): readonly Said[] {
  const web = processesOf(fields).find(({ type }) => type === 'web') ?? {};
  const type = web['health-check-type'] ?? fields['health-check-type'] ?? 'port';
  if (type === 'http') return [];
  const message = `The health check of green is of the kind ${type}: an instance counts as running before it can answer.`;
  return [
    tell(
      'warning',
      'NO_HTTP_HEALTH_CHECK',
      message,
      'Give the manifest health-check-type: http and health-check-http-endpoint.',
    ),
  ];
}

/** What is not behind a route begins to work as soon as it starts. */
function workerFindings(fields: Fields): readonly Said[] {
  const types = processesOf(fields)
    .filter(one => isFields(one) && one.type !== 'web' && one.instances !== 0)
    .map(({ type }) => String(type));
  if (types.length === 0) return [];
  const message = `The processes ${types.join(', ')} of blue and of green work at the same time until blue is gone.`;
  return [
    tell(
      'warning',
      'WORKERS_OVERLAP',
      message,
      'Make sure that both versions may consume the same queue, or set their instances to 0.',
    ),
  ];
}

function blueFindings(blue: SlotObjects | undefined): readonly Said[] {
  if (!blue?.app || readyOf(blue) >= sizeOf(blue)) return [];
  const message = `Only ${readyOf(blue)} of ${sizeOf(blue)} instances of ${blue.app.name} run before the release begins.`;
  return [
    tell(
      'warning',
      'BLUE_UNHEALTHY',
      message,
      'If the release is the repair, go on; a way back would lead to no more than this.',
    ),
  ];
}
