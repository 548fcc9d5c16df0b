/** Room for two full colours: what quotas leave, and what the nodes could hold at most. */
import { count } from '../../../lib/units.js';
import type { Finding } from '../../../release/model.js';
import type { KubernetesObject, PodSpec, Workload } from '../objects.js';
import { NODES, RESOURCE_QUOTAS } from '../resources.js';
import { wantedSize } from '../workloads.js';
import { parseQuantity, podAmount, quantityText } from './quantities.js';
import type { Subjects } from './subjects.js';

interface Quota extends KubernetesObject {
  readonly spec?: { readonly scopes?: readonly string[]; readonly scopeSelector?: object };
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts };
}
type Amounts = Readonly<Record<string, string>>;

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}
interface Node extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: { readonly allocatable?: Amounts };
}

/** Refuses what a quota will refuse; warns of nodes that could not hold both colours even if nothing else ran there. */
export async function capacityFindings(subjects: Subjects): Promise<readonly Finding[]> {
  const { template } = subjects;
  if (!template || subjects.more === 0) return [];
  const [quotas, nodes] = await Promise.all([
    subjects.look.all<Quota>(RESOURCE_QUOTAS),
    subjects.look.all<Node>(NODES),
  ]);
  return [
    ...quotas.flatMap(quota => quotaFindings(subjects, template, quota)),
    ...nodeFindings(subjects, template, nodes),
  ];
}

function quotaFindings(subjects: Subjects, template: PodSpec, quota: Quota): readonly Finding[] {
  // A quota with scopes counts some pods only, and which ones is decided by the server.
  if (quota.spec?.scopes?.length || quota.spec?.scopeSelector) return [];
  const { plan, green, beside, tell } = subjects;
  const { hard = {}, used = {} } = quota.status ?? {};
  const over: string[] = [];
  const unnamed: string[] = [];
  for (const [name, limit] of Object.entries(hard)) {
    const each = perPod(template, name);
    const others = beside.map(one => ({ each: perPod(one.template, name), size: one.size }));
    if (each === 'unnamed' || others.some(one => one.each === 'unnamed')) unnamed.push(name);
    if (typeof each !== 'number') continue;
    const more = others.reduce((sum, one) => sum + (typeof one.each === 'number' ? one.each * one.size : 0), 0);
    const needed = Math.max(0, each * plan.size + more - returned(green, name));
    const free = (parseQuantity(limit) ?? Number.POSITIVE_INFINITY) - (parseQuantity(used[name]) ?? 0);
    // Quantities are decimal text: what is equal there may differ by a rounding here.
    if (needed > free + 1e-6)
      over.push(
        `${name}: ${quantityText(name, needed)} needed, ${quantityText(name, Math.max(0, free))} left of ${limit}`,
      );
  }
  const what = `ResourceQuota ${quota.metadata.name}`;
  return [
    ...(over.length
      ? [
          tell(
            'error',
            'QUOTA_TOO_SMALL',
            `${what} has no room for ${count(plan.size, 'pod')} of ${plan.green} beside what runs now (${over.join('; ')}).`,
            'Raise the quota: both colours have to run at full size for a while.',
          ),
        ]
      : []),
    ...(unnamed.length
      ? [
          tell(
            'warning',
            'QUOTA_NEEDS_AMOUNTS',
            `${what} limits ${unnamed.join(', ')}, and a container of the manifest does not say how much it takes.`,
            'Name its requests and limits; without them, and without defaults of a LimitRange, its pods are refused.',
          ),
        ]
      : []),
  ];
}

/** What one pod counts for in a quota's row; undefined for rows that green does not touch. */
function perPod(template: PodSpec, name: string): number | 'unnamed' | undefined {
  if (name === 'pods' || name === 'count/pods') return 1;
  const match = /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(name);
  if (!match?.[2]) return undefined;
  return podAmount(template, match[1] === 'limits' ? 'limits' : 'requests', match[2]) ?? 'unnamed';
}

/** What green's present pods count for: they make room for the new ones. */
function returned(green: Workload | undefined, name: string): number {
  const each = green && perPod(green.spec.template.spec, name);
  return typeof each === 'number' ? each * wantedSize(green) : 0;
}

function nodeFindings(subjects: Subjects, template: PodSpec, nodes: readonly Node[]): readonly Finding[] {
  const { plan, blue, tell } = subjects;
  if (nodes.length === 0) return [];
  const cpu = podAmount(template, 'requests', 'cpu') ?? 0;
  const memory = podAmount(template, 'requests', 'memory') ?? 0;
  const open = nodes.filter(node => isOpen(node, template));
  const places = open.reduce((sum, node) => sum + placesOn(node, cpu, memory), 0);
  const wanted = plan.size + wantedSize(blue);
  if (places >= wanted) return [];
  const asks = `${quantityText('cpu', cpu)} CPU and ${quantityText('memory', memory)} memory each`;
  const message = `The ${count(open.length, 'node')} that ${plan.green} may run on would hold at most ${count(places, 'pod')} of it, even if nothing else ran there; both colours are ${wanted} (${asks}).`;
  const remedy = 'Add nodes, or make sure that an autoscaler does; else green does not become ready.';
  return [tell('warning', 'NODES_TOO_SMALL', message, remedy)];
}

/** Ready for new pods, of the labels that the pod asks for, and with no taint that it does not bear. */
function isOpen({ spec, metadata }: Node, template: PodSpec): boolean {
  if (spec?.unschedulable) return false;
  const wanted = Object.entries(template.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => metadata.labels?.[key] === value)) return false;
  return (spec?.taints ?? []).every(taint => taint.effect === 'PreferNoSchedule' || isBorne(taint, template));
}

function isBorne(taint: Taint, { tolerations = [] }: PodSpec): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (key === undefined || key === taint.key) &&
      (effect === undefined || effect === taint.effect) &&
      (operator === 'Exists' || (key !== undefined && (value ?? '') === (taint.value ?? ''))),
  );
}

function placesOn({ status }: Node, cpu: number, memory: number): number {
  const room = (name: string) => parseQuantity(status?.allocatable?.[name]) ?? Number.POSITIVE_INFINITY;
  const by = (name: string, amount: number) =>
    amount > 0 ? Math.floor(room(name) / amount + 1e-9) : Number.POSITIVE_INFINITY;
  return Math.min(room('pods'), by('cpu', cpu), by('memory', memory));
}
