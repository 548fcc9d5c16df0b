/** Whether green fits beside blue: what the quotas of the space and of its organization leave, and what green takes. */
import type { TargetPlan } from '../../release/model.js';
import { type Fields, processesOf } from './definition.js';
import { hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import type { Named, Resource } from './objects.js';
import type { Observation } from './observation.js';
import { type Said, tell } from './preflight.js';

interface Quota extends Named {
  readonly apps?: {
    readonly total_memory_in_mb?: number | null;
    readonly per_process_memory_in_mb?: number | null;
    readonly total_instances?: number | null;
  };
  readonly routes?: { readonly total_routes?: number | null };
}

interface Usage {
  readonly started_instances: number;
  readonly memory_in_mb: number;
  readonly routes: number;
}

interface Holder extends Resource {
  readonly relationships?: { readonly quota?: { readonly data?: { readonly guid: string } | null } };
}

/** What green takes; memory in megabytes, undefined where nobody says how much. */
export interface Need {
  readonly instances: number;
  readonly memory: number | undefined;
  /** Of its largest process. */
  readonly largest: number | undefined;
}

/** `fields` is all that green will be. What is in green's slot and runs is deleted before, and makes room. */
export async function quotaFindings(
  { foundation, slots }: Observation,
  fields: Fields,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const need = needOf(fields, plan.size);
  const green = slots.find(({ slot }) => slot === plan.green);
  const running = green?.app?.state === 'STARTED' ? green.web : undefined;
  const freed = {
    instances: running?.instances ?? 0,
    memory: (running?.instances ?? 0) * (running?.memory_in_mb ?? 0),
  };
  const { org, space } = foundation.place;
  const found = await Promise.all([
    limitsOf(foundation, `spaces/${await foundation.space(signal)}`, 'space_quotas', signal),
    limitsOf(foundation, `organizations/${await foundation.organization(signal)}`, 'organization_quotas', signal),
  ]);
  return found.flatMap((limits, index) => {
    const place = index === 0 ? `the space ${space}` : `the organization ${org}`;
    if (limits === undefined) return [];
    return typeof limits === 'string'
      ? [notKnown(place, limits)]
      : shortages(need, freed, limits, place, index === 0 ? 'space-quota' : 'org-quota');
  });
}

interface Limits {
  readonly quota: Quota;
  readonly usage: Usage;
}

/** Undefined without a quota; a reason where it cannot be read. */
async function limitsOf(
  { client }: Foundation,
  path: string,
  kind: string,
  signal: AbortSignal,
): Promise<Limits | string | undefined> {
  try {
    const holder = await client.get<Holder>(`/v3/${path}`, `read the quota of ${path.split('/')[0]}`, signal);
    const guid = holder?.relationships?.quota?.data?.guid;
    if (guid === undefined) return undefined;
    const [quota, usage] = await Promise.all([
      client.get<Quota>(`/v3/${kind}/${guid}`, 'read a quota', signal),
      client.get<{ usage_summary?: Usage }>(`/v3/${path}/usage_summary`, 'read what is used of a quota', signal),
    ]);
    return quota && usage?.usage_summary ? { quota, usage: usage.usage_summary } : 'it cannot be seen';
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN', 'REJECTED', 'NOT_JSON')) throw error;
    return error.message.replace(/\.$/, '');
  }
}

/** Pure. */
export function needOf(fields: Fields, size: number): Need {
  const others = processesOf(fields).filter(({ type }) => type !== 'web');
  const web = processesOf(fields).find(({ type }) => type === 'web');
  const all = [
    { instances: size, memory: megabytes(web?.memory ?? fields.memory) },
    ...others.map(one => ({ instances: Number(one.instances ?? 0), memory: megabytes(one.memory ?? fields.memory) })),
  ].filter(({ instances }) => instances > 0);
  const known = all.flatMap(({ memory }) => memory ?? []);
  const isWhole = known.length === all.length;
  return {
    instances: all.reduce((sum, { instances }) => sum + instances, 0),
    memory: isWhole ? all.reduce((sum, { instances, memory = 0 }) => sum + instances * memory, 0) : undefined,
    largest: known.length === 0 ? undefined : Math.max(...known),
  };
}

/** `256M`, `512MB`, `1G` or `0.5 GB`, as a manifest says it. */
function megabytes(text: unknown): number | undefined {
  const [, number, unit = ''] = /^([\d.]+)\s*([KMGT])B?$/i.exec(String(text ?? '')) ?? [];
  const factor = { K: 1 / 1_024, M: 1, G: 1_024, T: 1_048_576 }[unit.toUpperCase()];
  return number === undefined || factor === undefined ? undefined : Math.ceil(Number(number) * factor);
}

/** Pure. */
function shortages(
  need: Need,
  freed: { readonly instances: number; readonly memory: number },
  { quota, usage }: Limits,
  place: string,
  command: string,
): readonly Said[] {
  const { apps = {}, routes = {} } = quota;
  const name = `the quota ${quota.name} of ${place}`;
  const remedy = (flag: string) =>
    `Ask an admin for a larger quota (cf update-${command} ${quota.name} ${flag}), or make room.`;
  const short = (
    what: string,
    limit: number | null | undefined,
    used: number,
    wanted: number | undefined,
    flag: string,
  ) => {
    if (limit === null || limit === undefined || wanted === undefined || wanted <= limit - used) return [];
    const message = `Green needs ${what.replace('N', String(wanted))} beside blue, and ${name} leaves ${Math.max(0, limit - used)} of ${limit} (${used} are used).`;
    return [tell('error', 'QUOTA_TOO_SMALL', message, remedy(flag))];
  };
  const { per_process_memory_in_mb: most } = apps;
  const tooLarge = typeof most === 'number' && need.largest !== undefined && need.largest > most;
  return [
    ...short('N MB of memory', apps.total_memory_in_mb, usage.memory_in_mb - freed.memory, need.memory, '-m MEMORY'),
    ...short(
      'N instances',
      apps.total_instances,
      usage.started_instances - freed.instances,
      need.instances,
      '-a INSTANCES',
    ),
    ...(tooLarge
      ? [
          tell(
            'error',
            'QUOTA_TOO_SMALL',
            `An instance of green needs ${need.largest} MB of memory, and ${name} allows ${most} MB.`,
            remedy('-i MEMORY'),
          ),
        ]
      : []),
    // A route of green's own is only made where green is looked at in private.
    ...short('N route of its own', routes.total_routes, usage.routes, 1, '-r ROUTES').map(one => ({
      ...one,
      severity: 'warning' as const,
    })),
  ];
}

function notKnown(place: string, reason: string): Said {
  const message = `What the quota of ${place} leaves is not known: ${reason}.`;
  return tell('info', 'QUOTA_NOT_KNOWN', message, 'Make sure that green fits beside blue.');
}
