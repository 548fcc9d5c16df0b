/** What the shape of a slot brings with it: workers, several workloads, claims, servers that may cut connections. */
import { count } from '../../../lib/units.js';
import type { Finding } from '../../../release/model.js';
import { belongingsIn, isWorkload } from '../belongings.js';
import { memberLabels, memberName } from '../green.js';
import { describeLabels, matches } from '../labels.js';
import type { KubernetesObject, PodSpec, Workload } from '../objects.js';
import { markerName, strangersAtWork } from '../workers.js';
import type { Subjects } from './subjects.js';

/** Less time than this to end is too short for connections that are kept alive. */
const SHORT_GRACE_S = 10;

export function shapeFindings(subjects: Subjects): readonly Finding[] {
  return [
    ...workerFindings(subjects),
    ...memberFindings(subjects),
    ...claimFindings(subjects),
    ...scaledFindings(subjects),
    ...cutFindings(subjects),
  ];
}

/** Targets without a route. */
function workerFindings({ observation, plan, tell }: Subjects): readonly Finding[] {
  const { target, workloads, marker } = observation;
  if (target.routes.length > 0) return [];
  const atWork = strangersAtWork(workloads);
  if (!marker && atWork.length > 1) {
    const message = `${atWork.join(' and ')} both have pods, and no ConfigMap ${markerName(target.name)} says which one is live.`;
    const remedy = `Scale one of them to zero: kubectl -n ${observation.namespace} scale deployment NAME --replicas=0`;
    return [tell('error', 'WORKERS_MIXED', message, remedy)];
  }
  if (plan.blue === undefined) return [];
  const message = `${target.name} has no route: ${plan.blue} and ${plan.green} both work from the moment in which ${plan.green} is up until ${plan.blue} is gone.`;
  const remedy = 'Make sure that two versions may work at once; a gauge under drain waits for what blue has begun.';
  return [tell('info', 'WORKERS_OVERLAP', message, remedy)];
}

/** Further workloads begin to work before the switch, and must not be reached by live traffic. */
function memberFindings({ observation, plan, tell }: Subjects): readonly Finding[] {
  const { manifest, services, target } = observation;
  if (!manifest || manifest.members.length === 0) return [];
  const mixed = manifest.members.flatMap(member => {
    const labels = memberLabels(manifest, member, plan.green);
    const selecting = services.find(({ service }) => matches(service?.spec.selector, labels));
    if (!selecting) return [];
    const name = memberName(manifest, member, plan.green);
    const selector = describeLabels(selecting.service?.spec.selector);
    const message = `Service ${selecting.name} selects ${selector}, and so the pods of ${member.workload.kind} ${name} as soon as there are any.`;
    return [tell('error', 'MEMBER_WOULD_MIX', message, 'Give the workloads of the manifest labels that differ.')];
  });
  if (mixed.length || target.routes.length === 0) return mixed;
  const names = belongingsIn(manifest, plan.green)
    .filter(isWorkload)
    .map(({ name }) => name);
  const message = `${names.join(', ')} ${names.length === 1 ? 'begins its' : 'begin their'} work when ${plan.green} is deployed, before the switch.`;
  const remedy = 'If that work must not be done by two versions at once, make it a target of its own.';
  return [tell('info', 'WORK_BEGINS_EARLY', message, remedy)];
}

/** Claims of a StatefulSet are of its slot, and outlive it. */
function claimFindings({ observation, plan, tell }: Subjects): readonly Finding[] {
  const { manifest } = observation;
  const sets = manifest ? [manifest, ...manifest.members].map(({ workload }) => workload) : [];
  return sets
    .filter(({ kind }) => kind === 'StatefulSet')
    .flatMap(set => {
      const { volumeClaimTemplates = [], serviceName } = set.spec;
      const names = volumeClaimTemplates.map(({ metadata }) => metadata.name).join(', ');
      const message = `Each slot has claims of its own for ${names}: the data of ${plan.blue ?? 'blue'} does not come along to ${plan.green}, and claims stay when a slot goes.`;
      const remedy =
        'Keep what both versions need elsewhere. persistentVolumeClaimRetentionPolicy decides whether claims go with their slot.';
      const isOwn = manifest?.copies.some(({ kind, metadata }) => kind === 'Service' && metadata.name === serviceName);
      const shared = `StatefulSet ${set.metadata.name} gets its pods' names from Service ${serviceName}, which the manifest does not bring: both slots are peers there.`;
      return [
        ...(volumeClaimTemplates.length ? [tell('info', 'CLAIMS_PER_SLOT', message, remedy)] : []),
        ...(serviceName && !isOwn
          ? [
              tell(
                'warning',
                'PEERS_SHARED',
                shared,
                'Put the headless Service into the manifest: each slot gets its own.',
              ),
            ]
          : []),
      ];
    });
}

/** A KEDA ScaledObject is applied as it is written, and a slot is called otherwise. */
function scaledFindings({ observation, plan, tell }: Subjects): readonly Finding[] {
  const { manifest } = observation;
  const names = manifest ? [manifest, ...manifest.members].map(({ workload }) => workload.metadata.name) : [];
  return (manifest?.others ?? []).filter(isScaledObject).flatMap(object => {
    const scaled = (object.spec as { scaleTargetRef?: { name?: string } } | undefined)?.scaleTargetRef?.name ?? '';
    if (!names.includes(scaled)) return [];
    const message = `The KEDA ScaledObject ${object.metadata.name} of the manifest scales ${scaled}, and no slot is called that; it is applied as written.`;
    const remedy = `Have one for each slot outside of the manifest, for ${plan.green} too; KEDA's objects are left as they are.`;
    return [tell('warning', 'KEDA_OF_NO_SLOT', message, remedy)];
  });
}

function isScaledObject({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'ScaledObject' && apiVersion.startsWith('keda.sh/');
}

/** Connections that are kept alive stay on blue until it goes; how it goes decides whether they lose requests. */
function cutFindings({ observation, blue, plan, tell }: Subjects): readonly Finding[] {
  if (!blue || observation.target.routes.length === 0 || plan.changes.every(({ verb }) => verb !== 'delete')) return [];
  const { terminationGracePeriodSeconds: grace = 30 } = blue.spec.template.spec;
  if (grace >= SHORT_GRACE_S || hasPreStop(blue)) return [];
  const message = `Pods of ${plan.blue}, which is live, have no preStop hook and ${count(grace, 'second')} to end: connections that are kept alive stay on it, and lose what is under way if it just closes them.`;
  const remedy =
    'Let the application go on with Connection: close when it gets SIGTERM, give it 30 s, or keep blue for a while (teardown after).';
  return [tell('warning', 'CONNECTIONS_MAY_BE_CUT', message, remedy)];
}

function hasPreStop({ spec }: Workload): boolean {
  const pod: PodSpec = spec.template.spec;
  return pod.containers.some(({ lifecycle }) => lifecycle?.preStop !== undefined);
}
